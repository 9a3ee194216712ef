"""What operations set, in words: the process studio offers these variables in conditions (H1)."""

from certflow.cases.registry import FACTS, Result
from certflow.core.text import Text

CONFIRMATION = (
    *FACTS,
    Result(
        "own_body", "boolean", Text("由证书的执业机构办理", "Filed by the certificate's own body")
    ),
    Result("holder", "number", Text("持证人的账号", "The holder's account")),
)
COMPLAINED_OF = (
    Result("party_person", "number", Text("被投诉的人员", "The person complained about")),
    Result("party_user", "number", Text("被投诉人的账号", "Their account")),
    Result("party_organisation", "number", Text("被投诉的机构", "The body complained about")),
    Result("party_reachable", "boolean", Text("能请被投诉方陈述", "The other party can be asked")),
)
MEASURED = Result("measured", "boolean", Text("采取了处理措施", "A measure was taken"))
