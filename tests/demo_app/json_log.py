"""The demo app's log: one JSON object a line, with the fields that a pipeline of logs asks for."""
import json
import logging
import logging.handlers
import time

MOST_BYTES = 1 << 20  # of a file; the one before it is kept


class JsonLine(logging.Formatter):
    def __init__(self, app):
        super().__init__()
        self.app = app

    def format(self, record):
        at = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created))
        return json.dumps({"time": f"{at}.{int(record.msecs):03}Z",
                           "level": record.levelname.lower(), "app": self.app,
                           "message": record.getMessage()})


def open_log(app, path):
    """A log that goes to the file; without a path, nowhere."""
    log = logging.Logger(app, logging.INFO)
    if path:
        file = logging.handlers.RotatingFileHandler(path, maxBytes=MOST_BYTES, backupCount=1)
        file.setFormatter(JsonLine(app))
        log.addHandler(file)
    else:
        log.addHandler(logging.NullHandler())
    return log
