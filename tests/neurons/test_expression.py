import pytest

from numerist.errors import InputError
from numerist.neurons.expression import names_in, parse


def postfix(text: str) -> str:
    return " ".join(token.text for token in parse(text))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a", "a"),
        ("a & b | c ^ d", "a b & c d ^ |"),  # & before ^ before |
        ("a | b & c", "a b c & |"),
        ("not a & b", "a b & ~"),  # not waits for the whole of a & b
        ("~a & b", "a ~ b &"),
        ("a or b and not c", "a b c ~ & |"),
        ("a and b and c", "a b & c &"),
        ("True | 0", "1 0 |"),
        ("False | 1", "0 1 |"),
        ("  a\n\t& b\r\n", "a b &"),
        ("größe & α", "größe α &"),
    ],
)
def test_precedence_is_pythons(text: str, expected: str) -> None:
    assert postfix(text) == expected


def test_names_in_order() -> None:
    assert names_in(parse("c & (a | c) & b")) == ["c", "a", "b"]


def test_columns_of_names_count_characters() -> None:
    assert [(t.text, t.column) for t in parse(" é & b\n& c")] == [
        ("é", 2), ("b", 6), ("&", 2), ("c", 10), ("&", 2)
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "column", "found"),
    [
        ("", 1, "nothing"),
        ("   ", 1, "nothing"),
        ("a +b", 3, "'+'"),
        ("  a & (b + c)", 10, "'+'"),
        ("(a)  **  (b)", 6, "'**'"),
        ("a\n&\n(b <<\nc)", 8, "'<<'"),
        ("é & ü - b", 7, "'-'"),
        ("a & ", 4, "the end of the expression"),
        ("a &", 4, "the end of the expression"),
        ("a b", 3, "'b'"),
        ("a & (b", 5, "'(b'"),
        ("a & b)", 6, "')'"),
        ("a & f(b)", 5, "'f(b)'"),
        ("a & 2", 5, "'2'"),
        ("a & -b", 5, "'-b'"),
        ("a & 1.0", 5, "'1.0'"),
        ("a | None", 5, "'None'"),
        ("a == b", 3, "'=='"),
        ("a & (b if c else d)", 6, "'b if c else d'"),
        ("a & 'x'", 5, "''x''"),
        ("a.b", 1, "'a.b'"),
        ("a & b[0]", 5, "'b[0]'"),
        ("a & (lambda: b)", 6, "'lambda: b'"),
        ("__import__('os').abort()", 1, "'__import__('os').abort()'"),
        ("a # & b", 3, "'#'"),
        ("a # \n & b", 3, "'#'"),
        ("a \\\n & b", 3, "'\\\\'"),
        ("a & \0b", 5, "'\\x00'"),
        ("a & $", 5, "'$'"),
        ("a & \ud800", 1, "utf-8"),
    ],
)
def test_anything_else_is_refused_with_its_column(text: str, column: int, found: str) -> None:
    with pytest.raises(InputError) as caught:
        parse(text)
    assert caught.value.place == f"expression, column {column}"
    assert found in caught.value.found


@pytest.mark.parametrize(
    "text", ["~" * 20000 + "a", "(" * 300 + "a" + ")" * 300, "a^" * 20000 + "a"]
)
def test_too_deep_is_an_error_and_no_crash(text: str) -> None:
    with pytest.raises(InputError, match="too"):
        parse(text)


def test_long_chains_of_and_are_not_deep() -> None:
    assert len(parse(" and ".join(["a"] * 20000))) == 39999


def test_halves_in_parentheses_make_any_size() -> None:
    def balanced(n: int) -> str:
        return f"({balanced(n // 2)} ^ {balanced(n - n // 2)})" if n > 1 else "a"

    assert len(parse(balanced(20000))) == 39999


@pytest.mark.parametrize(
    ("text", "mended", "cure"),
    [
        ("a && b", "a & b", "For && write &."),
        ("a || b", "a | b", "For || write |."),
        ("!a", "~a", "For ! write ~."),
        ("a & !(b)", "a & ~(b)", "For ! write ~."),
        ("a != b", "a ^ b", "For != write ^."),
        ("(a == b) & c", "(~(a ^ b)) & c", "For == write ~(… ^ …)."),
        ("a AND b", "a & b", "For AND write &."),
        ("a OR b", "a | b", "For OR write |."),
        ("a XOR b", "a ^ b", "For XOR write ^."),
        ("a xor b", "a ^ b", "For xor write ^."),
        ("NOT a", "~ a", "For NOT write ~."),
        ("a ∧ ¬b", "a & ~b", "For ∧ write &."),
        ("a ⊕ b", "a ^ b", "For ⊕ write ^."),
    ],
)
def test_other_ways_to_write_operators_are_answered_with_ours(
    text: str, mended: str, cure: str
) -> None:
    with pytest.raises(InputError) as caught:
        parse(text)
    assert caught.value.cure == cure
    assert parse(mended)


def test_names_like_operators_stay_names() -> None:
    assert names_in(parse("AND & NOT")) == ["AND", "NOT"]
    with pytest.raises(InputError, match="Write Boolean operators only"):
        parse("AND & a & (b + c)")
