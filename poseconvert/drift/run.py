"""What ran: who is compared with whom is told by fields, and never read from a sentence."""

from __future__ import annotations

from dataclasses import dataclass

from poseconvert.fields import Name

#: The runner that this program brings along, which has a mode of precision.
EXECUTOR = "reference executor"


@dataclass(frozen=True, slots=True)
class Run:
    """One artifact, evaluated by one runner. Two runs are the same where every field is.

    Attributes
    ----------
    artifact : its file name.
    runner : what evaluated it, with its version; empty where nothing did.
    precision : mode of the reference executor; empty for other runners.
    size : such as 448x448, where it is not the default one.
    recorded : whether the outputs were stored before, and only replayed.
    """

    artifact: Name
    runner: Name = ""
    precision: Name = ""
    size: Name = ""
    recorded: bool = False

    @property
    def label(self) -> str:
        """What ran it, as shown to the user; empty where nothing did."""
        precision = f" ({self.precision})" if self.precision else ""
        return f"{self.runner}{precision}{', recorded' * self.recorded}"

    @property
    def not_run(self) -> Run:
        """The same artifact, evaluated by nothing."""
        return Run(self.artifact, size=self.size)

    def __str__(self) -> str:
        return f"{self.artifact} on {self.label}" if self.runner else self.artifact
