"""Made-up persons with known doublets, the same for the same seed."""

from dia_assets.synthetic.doublets import KINDS, people


def test_the_same_seed_gives_the_same_persons_and_another_seed_others() -> None:
    assert people(500, 1)[0].equals(people(500, 1)[0])
    assert not people(500, 1)[0].equals(people(500, 2)[0])


def test_every_kind_of_doublet_is_there_and_no_true_pair_has_two_numbers() -> None:
    persons, truth = people(1_000, 3, share=0.03)
    by_key = {row["person_key"]: row for row in persons.to_pylist()}
    assert len(by_key) == 1_030
    assert {row["kind"] for row in truth.to_pylist()} == set(KINDS)
    for pair in truth.to_pylist():
        one, other = by_key[pair["person_key"]], by_key[pair["other_key"]]
        assert one["birth_date"] == other["birth_date"]
        assert [one["personnummer"], other["personnummer"]].count(None) == 1
