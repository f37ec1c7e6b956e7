"""What stoxd's /metrics says, by a parser that is not ours."""
import http.client

from prometheus_client.openmetrics import parser


class Scrape:
    def __init__(self, port):
        self.port = port

    def all(self):
        """{(sample, ((label, value), ...)): number}"""
        c = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            c.request("GET", "/metrics")
            text = c.getresponse().read().decode("utf-8")
        finally:
            c.close()
        return {(s.name, tuple(sorted(s.labels.items()))): s.value
                for family in parser.text_string_to_metric_families(text)
                for s in family.samples}

    def value(self, name, **labels):
        return self.all()[name, tuple(sorted(labels.items()))]
