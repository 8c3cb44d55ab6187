"""The published tables that lay one figure beside another: ours beside official ones, girls' beside boys'."""

from __future__ import annotations

from dia_assets.serving import gap
from dia_assets.serving.table import MUNICIPALITY, Column, Table

SEX_GAP = Table(
    "sex_gap",
    "Skillnad mellan flickor och pojkar",
    "En rad per uppgift där både flickornas och pojkarnas värden visas: flickornas värde minus pojkarnas, räknat innan "
    "de avrundas.",
    (
        Column("indicator_id", "VARCHAR", "Indikator", "Indikatorns kod, förklarad i tabellen indicator."),
        Column("indicator_version", "VARCHAR", "Version", "Den version av definitionen som värdena är räknade med."),
        Column("level", "VARCHAR", "Nivå", "unit = skolenhet, municipality = hela kommunen."),
        Column("entity_code", "VARCHAR", "Kod", "Skolenhetskod eller kommunkod."),
        Column("period", "VARCHAR", "Period", "Läsår (2024/25) eller månad (2026-03)."),
        Column("gap", "DOUBLE", "Skillnad", "Flickor minus pojkar, i samma enhet som värdena (procentenheter)."),
        Column("publication_id", "VARCHAR", "Publicering", "Den publicering som värdena kom med."),
    ),
    ("indicator_id", "period", "level", "entity_code"),
    gap.QUERY,
)

OFFICIAL_COMPARISON = Table(
    "official_comparison",
    "Jämförelse med officiella värden",
    "En rad per uppgift om hela kommunen och officiell serie som registret lägger den bredvid: vårt värde, det "
    "officiella, skillnaden och skälet. Elever med skyddade personuppgifter är aldrig med i våra värden; skolenheter "
    "jämförs inte, eftersom skillnaden där skulle kunna röja en sådan elev.",
    (
        Column("indicator_id", "VARCHAR", "Indikator", "Indikatorns kod."),
        Column("entity_code", "VARCHAR", "Kod", "Kommunkod."),
        Column("breakdown_value", "VARCHAR", "Grupp", "Vår grupp: all, Kommunal, Enskild eller Egen kommun."),
        Column("period", "VARCHAR", "Period", "Läsår eller annan period som vårt värde gäller."),
        Column("publisher", "VARCHAR", "Utgivare", "Kolada. Saknas när ingen officiell serie mäter samma sak."),
        Column("series", "VARCHAR", "Serie", "Utgivarens beteckning."),
        Column("what_sv", "VARCHAR", "Serien i ord", "Vad serien mäter och för vilka."),
        Column("value", "DOUBLE", "Vårt värde", "Som det är publicerat här. Saknas när mark säger varför."),
        Column("mark", "VARCHAR", "Vårt tecken", "Tecken i stället för vårt värde."),
        Column("official_value", "DOUBLE", "Officiellt värde", "Som utgivaren skriver det."),
        Column("official_mark", "VARCHAR", "Officiellt tecken", "Utgivarens tecken i stället för ett värde."),
        Column("difference", "DOUBLE", "Skillnad", "Vårt värde minus det officiella."),
        Column("reason_sv", "VARCHAR", "Skäl", "Varför de kan skilja sig åt, eller varför det inte går att jämföra."),
    ),
    ("indicator_id", "entity_code", "period", "publisher", "series"),
    """
    select c.indicator_id, c.entity_code, c.breakdown_value, c.period, s.publisher, s.series, s.what_sv, c.value,
        c.mark, o.value as official_value, o.mark as official_mark, round(c.value - o.value, 1) as difference,
        case
            when s.series is null then 'Ingen officiell serie i registret mäter samma sak.'
            when o.series is null then 'Ingen officiell siffra inläst för perioden.'
            when c.value is null or o.value is null then 'Ett av värdena finns eller visas inte; tecknet säger varför.'
            when round(c.value - o.value, 1) = 0 then 'Lika.'
            when abs(round(c.value - o.value, 1)) <= 0.1
                then s.note_sv || '. Skillnaden är inte större än avrundning kan ge.'
            else s.note_sv || '.'
        end as reason_sv
    from published_cell as c
    left join lakehouse.reference.ref_official_series as s
        on s.indicator_id = c.indicator_id and s.level = c.level and s.breakdown_value = c.breakdown_value
    left join lakehouse.marts.fct_official_value as o
        on o.indicator_id = c.indicator_id and o.level = c.level and o.entity_code = c.entity_code
        and o.period = c.period and o.publisher = s.publisher and o.series = s.series
    where c.audience = $audience and c.level = 'municipality' and (s.series is not null or c.breakdown = 'all' and
        c.indicator_id not in (from lakehouse.reference.ref_official_series select indicator_id where level = c.level))
    """,
    audiences=(MUNICIPALITY,),
)
