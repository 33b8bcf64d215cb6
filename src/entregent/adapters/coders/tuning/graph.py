"""The transformer as an ONNX graph, its weights in eight bits and its activations quantised row by
row, so that what is made of a document never depends on another."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

Weights = Mapping[str, NDArray[np.float32]]
"""By name: `start.scale`, `start.shift`, then for each layer `0.read.weight` (keys, queries and
values below each other), `0.join`, `0.up`, `0.down` with `weight` and `bias`, and the two
normalisations `0.middle` and `0.end` with `scale` and `shift`."""

OPSET = 20
MICROSOFT = "com.microsoft"
BITS, BLOCK = 8, 64
TINY = 1e-12


class _Graph:
    def __init__(self) -> None:
        self.nodes: list[Any] = []
        self.kept: list[Any] = []

    def keep(self, name: str, values: NDArray[Any]) -> str:
        self.kept.append(numpy_helper.from_array(values, name))
        return name

    def do(self, operation: str, inputs: Sequence[str], *, domain: str = "", **said: Any) -> str:
        name = f"made{len(self.nodes)}"
        self.nodes.append(helper.make_node(operation, list(inputs), [name], domain=domain, **said))
        return name

    def times(
        self, rows: str, name: str, weights: NDArray[np.float32], bias: NDArray[np.float32]
    ) -> str:
        """rows @ weights.T + bias, weights in BITS."""
        outputs, inputs = weights.shape
        blocks = weights.reshape(outputs, -1, BLOCK)
        half = 2 ** (BITS - 1)
        scales = np.abs(blocks).max(axis=2, keepdims=True) / (half - 1) + TINY
        quantised = (np.round(blocks / scales) + half).astype(np.uint8)
        product = self.do(
            "MatMulNBits",
            [
                rows,
                self.keep(f"{name}.weight", quantised),
                self.keep(f"{name}.scales", scales[:, :, 0].astype(np.float32)),
            ],
            domain=MICROSOFT,
            K=inputs, N=outputs, bits=BITS, block_size=BLOCK, accuracy_level=4,
        )  # fmt: skip
        return self.do("Add", [product, self.keep(f"{name}.bias", bias)])

    def levelled(self, rows: str, name: str, weights: Weights) -> str:
        scale = self.keep(f"{name}.scale", weights[f"{name}.scale"])
        shift = self.keep(f"{name}.shift", weights[f"{name}.shift"])
        return self.do("LayerNormalization", [rows, scale, shift], axis=-1, epsilon=TINY)


def graph_of(weights: Weights, *, layers: int, heads: int) -> bytes:
    """The graph: `pieces`, places by numbers, to `vectors` of the same shape."""
    graph = _Graph()
    width = weights["start.scale"].size
    each = width // heads
    split = graph.keep("split", np.array([0, 3, heads, each], np.int64))
    joined = graph.keep("joined", np.array([0, width], np.int64))
    three = graph.keep("three", np.array([1, 1, 1], np.int64))
    first = graph.keep("first", np.array([0], np.int64))
    rows = graph.levelled("pieces", "start", weights)
    for layer in range(layers):
        matrix, bias = weights[f"{layer}.read.weight"].copy(), weights[f"{layer}.read.bias"].copy()
        matrix[:width] *= each**-0.5
        bias[:width] *= each**-0.5
        read = graph.do("Reshape", [graph.times(rows, f"{layer}.read", matrix, bias), split])
        parts = graph.do("Transpose", [read], perm=[1, 2, 0, 3])
        names = [f"{layer}.{part}" for part in ("asked", "offered", "said")]
        graph.nodes.append(helper.make_node("Split", [parts, three], names, axis=0))
        offered = graph.do("Transpose", [names[1]], perm=[0, 1, 3, 2])
        looked = graph.do("Softmax", [graph.do("MatMul", [names[0], offered])], axis=-1)
        heard = graph.do("Squeeze", [graph.do("MatMul", [looked, names[2]]), first])
        heard = graph.do("Reshape", [graph.do("Transpose", [heard], perm=[1, 0, 2]), joined])
        rows = _with(
            graph, rows, heard, matrix=f"{layer}.join", level=f"{layer}.middle", weights=weights
        )
        wide = graph.times(
            rows, f"{layer}.up", weights[f"{layer}.up.weight"], weights[f"{layer}.up.bias"]
        )
        bent = graph.do("Gelu", [wide])
        rows = _with(
            graph, rows, bent, matrix=f"{layer}.down", level=f"{layer}.end", weights=weights
        )
    graph.nodes.append(helper.make_node("Identity", [rows], ["vectors"]))
    shape = ["pieces_read", width]
    made = helper.make_graph(
        graph.nodes,
        "reader",
        [helper.make_tensor_value_info("pieces", TensorProto.FLOAT, shape)],
        [helper.make_tensor_value_info("vectors", TensorProto.FLOAT, shape)],
        graph.kept,
    )
    model = helper.make_model(
        made,
        opset_imports=[helper.make_opsetid("", OPSET), helper.make_opsetid(MICROSOFT, 1)],
        ir_version=10,
    )
    onnx.checker.check_model(model)
    return bytes(model.SerializeToString())


def _with(
    graph: _Graph, rows: str, heard: str, *, matrix: str, level: str, weights: Weights
) -> str:
    added = graph.times(heard, matrix, weights[f"{matrix}.weight"], weights[f"{matrix}.bias"])
    return graph.levelled(graph.do("Add", [rows, added]), level, weights)
