"""Boolean expressions as text, read by Python's own parser and never evaluated."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING, Literal, NamedTuple, TypeAlias

from numerist.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

Kind: TypeAlias = Literal["name", "constant", "~", "&", "|", "^"]

_BINARY: dict[type[ast.AST], Kind] = {
    ast.BitAnd: "&",
    ast.BitOr: "|",
    ast.BitXor: "^",
    ast.And: "&",
    ast.Or: "|",
}
_OTHER = re.compile(r"&&|\|\||[!=]=|[!∧∨⊕¬]|\b(?:AND|OR|XOR|xor|NOT)\b")  # who writes them …
_OURS = {  # … means these
    "&": ("&&", "∧", "AND"),
    "|": ("||", "∨", "OR"),
    "^": ("!=", "⊕", "XOR", "xor"),
    "~": ("!", "¬", "NOT"),
    "~(… ^ …)": ("==",),
}
_EXPECTED = "names, 0, 1, True, False and the operators & | ^ ~ and or not"


class Token(NamedTuple):
    """One step of an expression in postfix order: operands first, then the operator.

    Attributes:
        kind: "name", "constant", or an operator; `and`, `or`, `not` are "&", "|", "~".
        text: the name, "0" or "1", or the operator.
        column: where it stands, counted from 1; for an operator, where its operands begin.
    """

    kind: Kind
    text: str
    column: int


def parse(text: str, place: str = "expression") -> list[Token]:
    """Return a Boolean expression in postfix order.

    Args:
        text: the expression.
        place: what errors call it.

    Raises:
        InputError: anything but names, 0, 1, True, False and Boolean operators stands in it; the
            message says in which column.

    >>> [token.text for token in parse("a & (b ^ ~c)")]
    ['a', 'b', 'c', '~', '^', '&']
    >>> parse("a & (b + c)")
    Traceback (most recent call last):
        ...
    numerist.errors.InputError: expression, column 8: expected names, 0, 1, True, False and the \
operators & | ^ ~ and or not, found '+'. Write Boolean operators only.
    """
    if not isinstance(text, str):
        raise InputError(place, "a text", repr(text), "Write an expression such as 'a & ~b'.")
    reader = _Reader(text, place)
    tokens: list[Token] = []
    todo: list[ast.expr | Token] = [reader.tree()]
    while todo:  # a stack instead of recursion: expressions can be deep
        node = todo.pop()
        if isinstance(node, Token):
            tokens.append(node)
        else:
            todo += reversed(reader.parts(node))
    return tokens


def names_in(tokens: Sequence[Token]) -> list[str]:
    """Return the names of an expression in the order in which they first occur.

    >>> names_in(parse("b & (a | b)"))
    ['b', 'a']
    """
    return list(dict.fromkeys(token.text for token in tokens if token.kind == "name"))


class _Reader:
    """One text, and the columns of what stands in it."""

    def __init__(self, text: str, place: str) -> None:
        self.place = place
        # Without line breaks columns count the whole text, and no comment can hide what follows.
        spaced = "".join(" " if char.isspace() else char for char in text)
        self.text = spaced.strip()  # Python would take spaces at the start for an indented block
        self.start = len(spaced) - len(spaced.lstrip())
        self.encoded = self.text.encode(errors="replace")

    def tree(self) -> ast.expr:
        """Return what Python's parser makes of the text."""
        if not self.text:
            raise self._error(-self.start, "nothing", "Write an expression such as a & (b ^ ~c).")
        for char in "#\\\0":  # a comment, a continued line, an end: behind them text could hide
            if char in self.text:
                raise self._error(self.text.index(char), repr(char))
        try:
            return ast.parse(self.text, mode="eval").body
        except SyntaxError as error:
            raise self._syntax_error(error) from None
        except (RecursionError, MemoryError):
            raise self._error(
                0,
                "an expression nested too deeply for Python's parser",
                "Put parentheses around its halves, and around theirs; or use a truth table.",
            ) from None
        except ValueError as error:
            raise self._error(0, str(error)) from None

    def parts(self, node: ast.expr) -> list[ast.expr | Token]:
        """Return the parts of a node in postfix order."""
        column = self._index(node.col_offset) + self.start + 1
        match node:
            case ast.Name(id=name):
                return [Token("name", name, column)]
            case ast.Constant(value=value) if type(value) in (bool, int) and value in (0, 1):
                return [Token("constant", "1" if value else "0", column)]
            case ast.UnaryOp(op=ast.Invert() | ast.Not(), operand=operand):
                return [operand, Token("~", "~", column)]
            case ast.BinOp(left=left, op=op, right=right) if type(op) in _BINARY:
                kind = _BINARY[type(op)]
                return [left, right, Token(kind, kind, column)]
            case ast.BoolOp(op=op, values=[first, *others]):
                kind = _BINARY[type(op)]
                return [first, *(part for o in others for part in (o, Token(kind, kind, column)))]
        raise self._not_boolean(node)

    def _not_boolean(self, node: ast.expr) -> InputError:
        """Return the error for a node that Python knows and logic does not."""
        start, end = node.col_offset, node.end_col_offset
        if isinstance(node, ast.BinOp | ast.Compare):  # its operator stands between its operands
            right = node.right if isinstance(node, ast.BinOp) else node.comparators[0]
            start, end = node.left.end_col_offset or 0, right.col_offset
            gap = self.encoded[start:end]
            start += len(gap) - len(gap.lstrip(b" )"))
            end = start + len(gap.strip(b" ()"))
        found = self.encoded[start:end].decode(errors="replace")
        return self._error(self._index(start), f"'{_short(found)}'")

    def _syntax_error(self, error: SyntaxError) -> InputError:
        index = min((error.offset or len(self.text) + 1) - 1, len(self.text))  # 0: at the end
        at = self.text[index:].split(" ")[0]
        found = f"'{_short(at)}'" if at else "the end of the expression"
        return self._error(index, found, f"Python's parser says: {error.msg}.")

    def _error(
        self, index: int, found: str, cure: str = "Write Boolean operators only."
    ) -> InputError:
        """Return the error for the character at an index of `text`."""
        for other in _OTHER.finditer(self.text):
            if other.start() <= index <= other.end() + 1:  # a space may part them
                ours = next(ours for ours, others in _OURS.items() if other[0] in others)
                cure = f"For {other[0]} write {ours}."
        return InputError(f"{self.place}, column {index + self.start + 1}", _EXPECTED, found, cure)

    def _index(self, offset: int) -> int:
        """Return the index in characters of an offset in bytes, in which `ast` counts."""
        return len(self.encoded[:offset].decode(errors="replace"))


def _short(text: str) -> str:
    limit = 30
    return text if len(text) <= limit else text[: limit - 1] + "…"
