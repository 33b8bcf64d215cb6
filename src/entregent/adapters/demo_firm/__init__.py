"""La Sauvelande, a mutual insurer that does not exist: demonstration evidence with a known truth."""

from entregent.adapters.demo_firm.exports import write_exports
from entregent.adapters.demo_firm.firm import DemoFirm, generate_firm, write_truth

__all__ = ["DemoFirm", "generate_firm", "write_exports", "write_truth"]
