"""Why a network does not learn: a training run is observed, and its likely fault is named.

An `Observer` looks at a network before learning and after every epoch, on a sample of the training
and of the validation examples, and keeps a `Record`. `diagnose` reads the record and returns
findings: the likely cause, the evidence, what to try. A run that went well gives none.

The thresholds were chosen on runs of [784, 30, 10] and its relatives on MNIST with the seeds 100,
101, …; the tests use other seeds. Only training and validation images are looked at.
"""

from numerist.diagnosis.finding import Cause, Finding
from numerist.diagnosis.observer import Observer
from numerist.diagnosis.record import Record, Snapshot
from numerist.diagnosis.rules import diagnose

__all__ = ["Cause", "Finding", "Observer", "Record", "Snapshot", "diagnose"]
