"""What rules on Core ML found, in sentences."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from poseconvert.conversion.rule_record import RulesRecord
from poseconvert.mil.analysis.rules.rule import Firing


def blocking_sentences(firings: Sequence[Firing]) -> tuple[str, ...]:
    """Say why Core ML would not take the package, or would compute otherwise."""
    return tuple(str(firing) for firing in firings if firing.blocks)


def note_sentences(firings: Sequence[Firing]) -> tuple[str, ...]:
    """Count the rules that do not decide, in one sentence."""
    notes = [firing for firing in firings if not firing.blocks]
    counts = Counter(firing.rule.id for firing in notes)
    ids = ", ".join(f"{rule} ({count})" if count > 1 else rule for rule, count in counts.items())
    kinds = " and ".join(sorted({firing.rule.kind for firing in notes}))
    return (f"{kinds} on Core ML, not judged: {ids}; see inspect",) if notes else ()


def rule_caveats(firings: Sequence[Firing], record: RulesRecord) -> tuple[str, ...]:
    """Say beside the verdict what rules take from it, and which were not asked."""
    blocking = dict.fromkeys(firing.rule.id for firing in firings if firing.blocks)
    caveats = [f"Core ML would not agree ({', '.join(blocking)})"] if blocking else []
    if record.select:
        caveats.append(f"of the rules on Core ML only {', '.join(record.select)} were asked")
    if record.ignore:
        caveats.append(f"rules on Core ML ignored: {', '.join(record.ignore)}")
    return tuple(caveats)
