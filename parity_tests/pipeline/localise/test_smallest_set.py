"""The smallest set: against brute force where more is never worse, and where luck plays in."""

from itertools import combinations

import pytest

from poseconvert.pipeline.localise.smallest_set import pruned, shortest_prefix, smallest_set

NAMES = tuple("abcdefgh")


def searched(holds, *, ranked=NAMES, price=None):
    asked = []

    def counted(kept):
        asked.append(kept)
        return holds(kept)

    found = smallest_set(ranked, price=price or {}, holds=counted)
    return found, asked


def brute_force(holds):
    for size in range(len(NAMES) + 1):
        for kept in combinations(NAMES, size):
            if holds(frozenset(kept)):
                return size
    return None


@pytest.mark.parametrize("needed", ["a", "c", "h", "abc", "adh", "fgh", "abcdefgh"])
def test_where_certain_ops_are_needed_exactly_those_are_found(needed):
    found, _ = searched(lambda kept: set(needed) <= kept)

    assert found == set(needed)
    assert len(found) == brute_force(lambda kept: set(needed) <= kept)


def test_nothing_can_be_dropped_from_what_is_found_even_where_luck_plays_in():
    def holds(kept):
        return "d" in kept and len(kept) % 3 != 1  # more is sometimes worse

    found, _ = searched(holds)

    assert holds(found)
    assert not any(holds(found - {name}) for name in found)


def test_none_is_found_where_even_all_are_not_enough():
    found, asked = searched(lambda kept: False)

    assert found is None
    assert asked[-1] == set(NAMES)


def test_without_names_only_what_is_always_kept_is_tried():
    always = frozenset("z")

    assert shortest_prefix((), always=always, holds=lambda kept: False) is None
    assert shortest_prefix((), always=always, holds=lambda kept: "z" in kept) == always


def test_what_is_always_kept_is_in_every_set_that_grows_and_can_be_dropped_after():
    asked = []

    def holds(kept):
        asked.append(kept)
        return "b" in kept

    grown = shortest_prefix(NAMES, always=frozenset("z"), holds=holds)

    assert all("z" in kept for kept in asked)
    assert grown == frozenset("abz")
    assert pruned(grown, price={}, holds=holds) == frozenset("b")


def test_of_two_that_will_do_the_dearer_is_dropped():
    found, _ = searched(lambda kept: len(kept & set("ab")) >= 1 and "c" in kept, price={"a": 9})

    assert found == {"b", "c"}


def test_a_long_list_is_searched_in_few_steps():
    ranked = tuple(f"op{index}" for index in range(1000))

    found, asked = searched(lambda kept: {"op0", "op2"} <= kept, ranked=ranked)

    assert found == {"op0", "op2"}
    assert len(asked) < 10
