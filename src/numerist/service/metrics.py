"""What Prometheus is told."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST

_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
_IMAGES = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024)


class Metrics:
    """The counters of one application.

    Attributes:
        requests: by route, method and status.
        seconds: from the head of a request to the end of its answer, by route.
        refused: by code, as in the JSON of the error.
        batches: how many images the network was given in one run.
        under_way: requests, and readings that wait for a process or have one, by what.
        lost: processes that were ended or died over a picture, by why.
    """

    content_type = CONTENT_TYPE_LATEST

    def __init__(self) -> None:
        self._registry = here = CollectorRegistry()
        self.requests = Counter(
            "numerist_requests", "Requests answered.", ["route", "method", "status"], registry=here
        )
        self.seconds = Histogram(
            "numerist_request_seconds",
            "Time to answer.",
            ["route"],
            buckets=_SECONDS,
            registry=here,
        )
        self.refused = Counter("numerist_refused", "Requests refused.", ["code"], registry=here)
        self.batches = Histogram(
            "numerist_batch_images", "Images in one run.", buckets=_IMAGES, registry=here
        )
        self.under_way = Gauge("numerist_under_way", "Under way now.", ["what"], registry=here)
        self.lost = Counter("numerist_workers_lost", "Processes lost.", ["why"], registry=here)

    def text(self) -> bytes:
        """Return all of it, as Prometheus reads it."""
        return generate_latest(self._registry)
