"""A server on this machine that speaks the protocol of language models, and misbehaves as told."""

import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


def good(question):
    """Codes that follow the codebook, for whatever was asked."""
    segment = {"movement": "N", "sentiment": "-", "justice": "PD", "trust": ""}
    return {
        "texts": [
            {
                "id": text["id"],
                "segments": [segment for _ in text["segments"]],
                "relationship": "exchange",
                "stage": "unknown",
                "effort": "none",
            }
            for text in question["texts"]
        ]
    }


class StandIn:
    """Each request takes the next of `turns`; when none is left, it answers well.

    A turn is a status, a text to give as the model's words, "slow", "refusal", "cut", "nonsense",
    or a function of the question.
    """

    def __init__(self, *turns):
        self.turns, self.asked, self.bodies = list(turns), [], []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                outer.bodies.append(body)
                if "embeddings" in self.path:
                    return self._give(200, outer.vectors(body))
                outer.asked.append(json.loads(body["messages"][1]["content"]))
                return self._turn(outer.turns.pop(0) if outer.turns else good)

            def _turn(self, turn):
                if turn == "slow":
                    time.sleep(3)
                    turn = good
                if isinstance(turn, int):
                    return self._give(turn, {"error": "no"}, {"Retry-After": "3"})
                if turn == "nonsense":
                    return self._give(200, {"hello": []})
                message = {"content": ""}
                reason = {"cut": "length"}.get(turn, "stop") if isinstance(turn, str) else "stop"
                if turn == "refusal":
                    message["refusal"] = "I cannot help with that"
                elif callable(turn):
                    message["content"] = json.dumps(turn(outer.asked[-1]))
                elif turn != "cut":
                    message["content"] = turn
                return self._give(200, {"choices": [{"message": message, "finish_reason": reason}]})

            def _give(self, status, body, headers=None):
                try:
                    self.send_response(status)
                    for name, value in (headers or {}).items():
                        self.send_header(name, value)
                    self.end_headers()
                    self.wfile.write(json.dumps(body).encode())
                except OSError:
                    pass  # the asker lost patience and left

            def log_message(self, *args):
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self._server.server_port}/v1"

    def vectors(self, body):
        return {
            "data": [
                {"index": place, "embedding": [float(len(text)), 1.0, 0.0]}
                for place, text in reversed(list(enumerate(body["input"])))
            ]
        }

    def __enter__(self):
        threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True
        ).start()
        return self

    def __exit__(self, *_):
        self._server.shutdown()
        self._server.server_close()
