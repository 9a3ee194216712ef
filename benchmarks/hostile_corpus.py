"""Hostile expressions, scripts, XML files and graphs. Nothing in it may run or be published."""

from collections.abc import Mapping

# Each of these touches the canary when Python runs it.
TOUCH = "environ.__setitem__('CERTFLOW_CANARY', '1')"
SUBCLASSES = "().__class__.__base__.__subclasses__()"
FOUND = f"[c for c in {SUBCLASSES} if c.__name__"
RUNNING = [
    f"__import__('os').{TOUCH}",
    f"[__import__('os').{TOUCH}]",
    f"1 if __import__('os').{TOUCH} else 2",
    f"not __import__('os').{TOUCH}",
    f"str(__import__('os').{TOUCH})",
    f"(lambda: __import__('os').{TOUCH})()",
    f"[x for x in [1] if __import__('os').{TOUCH}]",
    f"{{1: __import__('os').{TOUCH}}}",
    f"{{__import__('os').{TOUCH}}}",
    f"f\"{{__import__('os').{TOUCH}}}\"",
    f"(x := __import__('os').{TOUCH})",
    f"eval(\"__import__('os').{TOUCH}\")",
    f"exec(\"__import__('os').{TOUCH}\")",
    f"exec(compile(\"__import__('os').{TOUCH}\", 'x', 'exec'))",
    "getattr(__import__('os'), 'environ').__setitem__('CERTFLOW_CANARY', '1')",
    f"list(map(lambda x: __import__('os').{TOUCH}, [1]))",
    f"max([1], key=lambda x: __import__('os').{TOUCH} or 1)",
    f"__builtins__['__import__']('os').{TOUCH}",
    f"globals()['__builtins__']['__import__']('os').{TOUCH}",
    f"{FOUND} == 'catch_warnings'][0]()._module.__builtins__['__import__']('os').{TOUCH}",
    f"{FOUND} == '_wrap_close'][0].__init__.__globals__['environ'].update(CERTFLOW_CANARY='1')",
    f"type('X', (), {{'__del__': lambda s: __import__('os').{TOUCH}}})()",
    f"__import__('importlib').import_module('os').{TOUCH}",
    f"__import__('sys').modules['os'].{TOUCH}",
    f"ｅｖａｌ(\"__import__('os').{TOUCH}\")",
    f"print(__import__('os').{TOUCH})",
    f"'a'.join([str(__import__('os').{TOUCH})])",
    f"sorted([1], key=lambda x: __import__('os').{TOUCH} or 1)",
]
# These reach for what is none of a diagram's business, or cost without end.
REACHING = [
    "open('/etc/passwd').read()", "().__class__", "''.__class__.__mro__", "len.__self__",
    "today.__globals__", "max.__call__", "(1).__class__", "true.__class__", "_private",
    "'{0.__class__}'.format(1)", "'%s' % len", "input()", "breakpoint()", "help()", "vars()",
    "dir()", "locals()", "globals()", "object()", "type(1)", "memoryview(b'')", "b'bytes'",
    "lambda: 1", "[x for x in [1]]", "(x for x in [1])", "{1}", "{1: 2}", "...", "1j",
    "f'{1}'", "(x := 1)", "await x", "yield", "*[1]", "len(*[1])", "max(1, key=1)",
    "9 ** 9 ** 9", "1 << 1000000000", "'%1000000000d' % 1", "10 // 3", "7 % 2", "1 @ 2", "~1",
    "1 & 1", "import os", "x = 1", "a; b", "\x00", "‘1’ + ‘2’", "[1][0:1]", "1.e400", "(1, 2)",
    "+".join(["1"] * 2_000), "(" * 300 + "1" + ")" * 300, "-" * 1_500 + "1", "[" * 100 + "]" * 100,
    "not " * 400 + "1", "'" + "a" * 5_000 + "'", "1" * 1_500, "a" + ".b" * 500, "10000000000000",
    "'a' * 1000000000", "[1] * 1000000000", "len(1, 2, 3)", "undefined_name", "undefined.name",
    "1 / 0", "'a' + 1", "null + 1", "int('9' * 99)", "days(10 * 1000000000)", "round(1, 1000)",
]  # fmt: skip
EXPRESSIONS = RUNNING + REACHING
SCRIPTS = [
    "import os", "from os import environ", "x += 1", "x, y = 1, 2", "x.y = 1", "x[0] = 1",
    "del x", "pass", "for x in [1]: pass", "while True: pass", "if True: x = 1", "def f(): pass",
    "class A: pass", "try: x = 1", "with open('x') as f: pass", "global x", "assert 1",
    "raise ValueError", "return 1", "_x = 1", "__builtins__ = 1", "x = y = 1", "x: int = 1",
    "@a", "print(1)", "exec('1')", "x = 1\n" * 200, "x =", "= 1", "lambda: 1", "async def f(): 1",
]  # fmt: skip

_BPMN = 'xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL"'
_PROCESS = (
    '<bpmn:process id="process" isExecutable="true"><bpmn:startEvent id="start"/>'
    '<bpmn:endEvent id="end"/>'
    '<bpmn:sequenceFlow id="to_end" sourceRef="start" targetRef="end"/></bpmn:process>'
)
_PLAIN = f"<bpmn:definitions {_BPMN}>{_PROCESS}</bpmn:definitions>"
_NAMED = _PLAIN.replace('id="end"/>', 'id="end" name="&x;"/>')
_LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))


def _doctype(inner: str, body: str = _NAMED) -> str:
    return f'<?xml version="1.0"?><!DOCTYPE d [{inner}]>{body}'


def _encoded(codec: str, name: str) -> bytes:
    text = f'<?xml version="1.0" encoding="{name}"?><!DOCTYPE d [<!ENTITY x "a">]>{_NAMED}'
    return text.encode(codec)


XML: Mapping[str, bytes] = {
    "entity of a file": _doctype('<!ENTITY x SYSTEM "file:///etc/passwd">').encode(),
    "entity of a page": _doctype('<!ENTITY x SYSTEM "http://127.0.0.1:9/x">').encode(),
    "parameter entity": _doctype('<!ENTITY % p SYSTEM "http://127.0.0.1:9/x"> %p;', _PLAIN).encode(),
    "external doctype": f'<!DOCTYPE d SYSTEM "http://127.0.0.1:9/x.dtd">{_PLAIN}'.encode(),
    "public doctype": f'<!DOCTYPE d PUBLIC "a" "http://127.0.0.1:9/x.dtd">{_PLAIN}'.encode(),
    "empty doctype": f"<!DOCTYPE d>{_PLAIN}".encode(),
    "inner entity": _doctype('<!ENTITY x "harmless">').encode(),
    "unused entity": _doctype('<!ENTITY x "harmless">', _PLAIN).encode(),
    "unknown entity": _NAMED.encode(),
    "billion laughs": _doctype(f'<!ENTITY l0 "ha">{_LAUGHS}<!ENTITY x "&l9;">').encode(),
    "quadratic": _doctype(f'<!ENTITY x "{"a" * 50_000}">', _NAMED.replace("&x;", "&x;" * 2_000)).encode(),
    "attribute default": _doctype('<!ATTLIST bpmn:task a CDATA "x">', _PLAIN).encode(),
    "utf-16": _encoded("utf-16", "UTF-16"),
    "utf-16 big": b"\xfe\xff" + _encoded("utf-16-be", "UTF-16"),
    "utf-7": _encoded("utf-7", "UTF-7"),
    "ebcdic": _encoded("cp037", "IBM037"),
    "unknown encoding": _PLAIN.replace("<bpmn", '<?xml version="1.0" encoding="x-y"?><bpmn', 1).encode(),
    "too deep": (f"<bpmn:definitions {_BPMN}>" + "<a>" * 100_000 + "</a>" * 100_000).encode(),
    "too many": _PLAIN.replace("</bpmn:process>", "<a/>" * 6_000 + "</bpmn:process>").encode(),
    "far too many": _PLAIN.replace("</bpmn:process>", "<a/>" * 400_000 + "</bpmn:process>").encode(),
    "too large": _PLAIN.encode() + b" " * 2_200_000,
    "huge attribute": _PLAIN.replace('id="end"/>', f'id="end" name="{"a" * 1_900_000}"/>').encode(),
    "long text": _PLAIN.replace("</bpmn:process>", "<a>" + "a" * 30_000 + "</a></bpmn:process>").encode(),
    "xinclude": _PLAIN.replace(
        "</bpmn:process>",
        '<i:include xmlns:i="http://www.w3.org/2001/XInclude" href="file:///etc/passwd"/></bpmn:process>',
    ).encode(),
    "not closed": _PLAIN[:-10].encode(),
    "nothing": b"",
    "no xml": b"%PDF-1.7 not a diagram",
    "json": b'{"process": 1}',
    "zeros": b"\x00" * 1_000,
    "other namespace": _PLAIN.replace("20100524", "20990101").encode(),
    "html": b"<html><script>alert(1)</script></html>",
    "svg": b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>',
    "no process": f"<bpmn:definitions {_BPMN}/>".encode(),
    "two processes": _PLAIN.replace(_PROCESS, _PROCESS + _PROCESS.replace('"process"', '"q"')).encode(),
    "not executable": _PLAIN.replace('"true"', '"false"').encode(),
}  # fmt: skip

_FLOW = '<bpmn:sequenceFlow id="{0}_{1}" sourceRef="{0}" targetRef="{1}"/>'


def _flows(*pairs: str) -> str:
    return "".join(_FLOW.format(*pair.split()) for pair in pairs)


def _graph(body: str, *pairs: str) -> bytes:
    """Return a process: start, `body`, end, and flows "a b"."""
    return (
        f'<bpmn:definitions {_BPMN}><bpmn:process id="process" isExecutable="true">'
        f'<bpmn:startEvent id="start"/>{body}<bpmn:endEvent id="end"/>{_flows(*pairs)}'
        "</bpmn:process></bpmn:definitions>"
    ).encode()


def _in_the_way(kind: str, inner: str = "", extra: str = "") -> bytes:
    """Return start -> an element of this kind -> end."""
    return _graph(f'<bpmn:{kind} id="x" {extra}>{inner}</bpmn:{kind}>', "start x", "x end")


def _ladder(rungs: int) -> bytes:
    nodes, pairs = "", ["start m0"]
    for n in range(rungs):
        nodes += f'<bpmn:exclusiveGateway id="m{n}"/><bpmn:parallelGateway id="f{n}"/>'
        nodes += "".join(
            f'<bpmn:scriptTask id="{s}{n}"><bpmn:script>x = 1</bpmn:script></bpmn:scriptTask>'
            for s in "ab"
        )
        after = f"m{n + 1}" if n + 1 < rungs else "end"
        pairs += [f"m{n} f{n}", f"f{n} a{n}", f"f{n} b{n}", f"a{n} {after}", f"b{n} {after}"]
    return _graph(nodes, *pairs)


def _calling(service: str) -> bytes:
    """Return a call of a service: of itself under both its names, of one that calls it back, of none."""
    kept = '<c:properties><c:property name="result" value="child"/></c:properties>'
    inner = f"<bpmn:extensionElements>{kept}</bpmn:extensionElements>"
    return _in_the_way(
        "callActivity", inner, f'calledElement="{service}" xmlns:c="http://certflow.org/bpmn"'
    )


CALLS: Mapping[str, frozenset[str]] = {"circle": frozenset({"process", "hostile"})}
"""The services beside the attacks, with those that they call."""
_SCRIPT = '<bpmn:scriptTask id="{0}"><bpmn:script>x = 1</bpmn:script></bpmn:scriptTask>'
_A, _B = _SCRIPT.format("a"), _SCRIPT.format("b")
_MERGE = '<bpmn:exclusiveGateway id="m" {0}/>'
_LOOP = "bpmn:multiInstanceLoopCharacteristics"
_UNKNOWN = [
    *("complexGateway", "inclusiveGateway", "eventBasedGateway", "adHocSubProcess", "transaction"),
    *("callActivity", "callConversation", "manualTask", "task", "sendTask", "globalTask"),
    *("choreographyTask", "implicitThrowEvent", "script", "invented"),
]
_EVENTS = ["signal", "error", "escalation", "cancel", "compensate", "conditional", "link"]
GRAPHS: Mapping[str, bytes] = {
    "endless loop": _graph(_MERGE.format('default="m_a"') + _A, "start m", "m a", "a m", "m end"),
    "loop on itself": _graph(_A, "start a", "a a"),
    "never ends": _graph(_MERGE.format("") + _A, "start m", "m a", "a m"),
    "fork ladder": _ladder(14),
    "long ladder": _ladder(60),
    "no end": _graph("", "start start").replace(b'<bpmn:endEvent id="end"/>', b""),
    "no start": _graph(_A, "a end").replace(b'<bpmn:startEvent id="start"/>', b""),
    "two starts": _graph('<bpmn:startEvent id="other"/>', "start end", "other end"),
    "unreachable": _graph(_A + _B, "start a", "a end", "b end"),
    "no default": _graph(_MERGE.format("") + _A, "start m", "m a", "m end", "a end"),
    "join that never fires": _graph(
        _MERGE.format('default="m_a"') + _A + _B + '<bpmn:parallelGateway id="j"/>',
        "start m", "m a", "m b", "a j", "b j", "j end",
    ),
    "flow from nowhere": _graph("", "start end", "ghost end"),
    "flow to nowhere": _graph("", "start ghost"),
    "same id twice": _graph(_A + _A, "start a", "a end"),
    "no id": _graph('<bpmn:userTask name="x"/>', "start end"),
    "event on nothing": _graph('<bpmn:boundaryEvent id="e" attachedToRef="ghost"/>', "start end", "e end"),
    "default that is not there": _graph(_MERGE.format('default="ghost"'), "start m", "m end"),
    **{f"calls {name}": _calling(name) for name in ("process", "hostile", "circle", "ghost", "${x}", "")},
    "keeps nothing of a call": _in_the_way("callActivity", extra='calledElement="sound"'),
    "task without form": _in_the_way("userTask"),
    "service without operation": _in_the_way("serviceTask"),
    "rule without decision": _in_the_way("businessRuleTask"),
    "script without text": _in_the_way("scriptTask"),
    "timer without time": _in_the_way("intermediateCatchEvent", "<bpmn:timerEventDefinition/>"),
    "message without name": _in_the_way("intermediateCatchEvent", "<bpmn:messageEventDefinition/>"),
    "catch without event": _in_the_way("intermediateCatchEvent"),
    "event sub-process": _in_the_way("subProcess", "", 'triggeredByEvent="true"'),
    "loop task": _in_the_way("scriptTask", "<bpmn:standardLoopCharacteristics/><bpmn:script>x = 1</bpmn:script>"),
    "compensation": _in_the_way("scriptTask", "<bpmn:script>x = 1</bpmn:script>", 'isForCompensation="true"'),
    "too many nodes": _graph(
        "".join(_SCRIPT.format(f"s{n}") for n in range(400)),
        "start s0", *(f"s{n} s{n + 1}" for n in range(399)), "s399 end",
    ),
    **{
        f"{count} times": _in_the_way(
            "serviceTask", f"<{_LOOP}><bpmn:loopCardinality>{count}</bpmn:loopCardinality></{_LOOP}>"
        )
        for count in ("1000000000", "-1", "'many'", "1.5", "true", "9 ** 9")
    },
    **{f"element {kind}": _in_the_way(kind) for kind in _UNKNOWN},
    **{
        f"{kind} event": _in_the_way("intermediateCatchEvent", f"<bpmn:{kind}EventDefinition/>")
        for kind in _EVENTS
    },
    **{
        f"end with {kind}": _graph("", "start end").replace(
            b'<bpmn:endEvent id="end"/>',
            f'<bpmn:endEvent id="end"><bpmn:{kind}EventDefinition/></bpmn:endEvent>'.encode(),
        )
        for kind in [*_EVENTS[:5], "message"]
    },
}  # fmt: skip
