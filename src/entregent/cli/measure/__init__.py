"""`entregent measure NAME`: each measure of the engine on a file, as a table or as JSON.

One module per room of the engine; each adds its commands to `measure`.
"""

from entregent.cli.measure import chain, journeys, service, surveys, value
from entregent.cli.measure.app import measure

__all__ = ["chain", "journeys", "measure", "service", "surveys", "value"]
