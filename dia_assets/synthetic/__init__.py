"""The municipality that looks real: made-up extracts in the formats that schools really send.

`generate` writes a municipality, `next_day` adds the following day's deliveries. Everything follows from preset and
seed, byte for byte. Nothing here reads what the product does with the extracts.
"""

from dia_assets.synthetic.faults import FAULTS
from dia_assets.synthetic.municipality import Municipality, generate, is_made
from dia_assets.synthetic.next_day import next_day
from dia_assets.synthetic.presets import PRESETS, Preset

__all__ = ["FAULTS", "PRESETS", "Municipality", "Preset", "generate", "is_made", "next_day"]
