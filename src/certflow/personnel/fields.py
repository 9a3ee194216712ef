"""Fields, specialities, grades and application modes of a registration (catalogue C1)."""

from collections.abc import Mapping
from typing import NamedTuple

from certflow.core.text import Text

GENERAL_EXAM = "general_basis"
MANAGEMENT_SYSTEMS_EXAM = "ms_basis"


class Field(NamedTuple):
    """A field of registration, with the specialities inside it by key."""

    key: str
    title: Text
    specialities: Mapping[str, Text]


class Mode(NamedTuple):
    """A way to apply.

    `grade` is the grade asked for, None where it stays as it is. The certificate of the same
    field, if any, is replaced by the new one; `keeps_period`: the new one ends when it would have.
    """

    key: str
    title: Text
    grade: str | None
    keeps_period: bool = False


GRADES: dict[str, Text] = {
    "intern": Text("实习审核员", "Intern auditor"),
    "formal": Text("审核员", "Auditor"),
}

_MODES = (
    Mode("first_intern", Text("首次申请实习", "First intern registration"), "intern"),
    Mode(
        "intern_from_other_field",
        Text("实习其他领域转换", "Intern, from another field"),
        "intern",
    ),
    Mode("upgrade_to_formal", Text("实习升级正式", "Upgrade intern to formal"), "formal"),
    Mode(
        "formal_from_other_field",
        Text("正式其他领域转换", "Formal, from another field"),
        "formal",
    ),
    Mode("re_registration", Text("再注册", "Re-registration"), None),
    Mode("extend_field", Text("扩展注册领域", "Extension by a field"), "formal"),
    Mode(
        "extend_speciality",
        Text("扩展专业", "Extension by specialities"),
        None,
        keeps_period=True,
    ),
    Mode("downgrade", Text("降级注册", "Downgrade to intern"), "intern"),
    Mode(
        "narrow_speciality",
        Text("缩小专业范围", "Narrowing of specialities"),
        None,
        keeps_period=True,
    ),
)
MODES: dict[str, Mode] = {mode.key: mode for mode in _MODES}

_INDUSTRIES: dict[str, Text] = {
    "construction": Text("建设工程", "Construction"),
    "machinery": Text("机械设备", "Machinery"),
    "electronics": Text("电子与光学设备", "Electronics and optics"),
    "chemicals": Text("化学品与化纤", "Chemicals and fibres"),
    "textiles": Text("纺织与服装", "Textiles and clothing"),
    "transport": Text("运输与仓储", "Transport and storage"),
    "trade": Text("批发与零售", "Wholesale and retail"),
    "public": Text("公共行政", "Public administration"),
    "health": Text("卫生与社会服务", "Health and social work"),
    "software": Text("信息技术服务", "IT services"),
}
_FOOD: dict[str, Text] = {
    "meat": Text("肉与肉制品", "Meat and meat products"),
    "dairy": Text("乳与乳制品", "Milk and dairy products"),
    "aquatic": Text("水产品", "Aquatic products"),
    "grain": Text("粮食加工品", "Grain products"),
    "produce": Text("果蔬制品", "Fruit and vegetable products"),
    "beverages": Text("饮料", "Beverages"),
    "bakery": Text("糕点与焙烤", "Bakery products"),
    "catering": Text("餐饮服务", "Catering"),
    "storage": Text("食品储运", "Food storage and transport"),
    "packaging": Text("食品包装材料", "Food packaging"),
}
_ENERGY: dict[str, Text] = {
    "power": Text("电力生产与供应", "Power generation and supply"),
    "steel": Text("钢铁", "Iron and steel"),
    "nonferrous": Text("有色金属", "Non-ferrous metals"),
    "coal": Text("煤炭", "Coal"),
    "petrochemicals": Text("石油化工", "Petrochemicals"),
    "building_materials": Text("建材", "Building materials"),
    "paper": Text("造纸", "Paper"),
    "machinery": Text("机械制造", "Machine building"),
    "buildings": Text("公共建筑", "Public buildings"),
    "transport": Text("交通运输", "Transport"),
}
_INFORMATION: dict[str, Text] = {
    "government": Text("政务信息系统", "Government information systems"),
    "finance": Text("金融", "Finance"),
    "telecoms": Text("电信", "Telecommunications"),
    "cloud": Text("云服务", "Cloud services"),
    "development": Text("软件开发", "Software development"),
    "integration": Text("系统集成", "Systems integration"),
    "operations": Text("运行维护", "Operation and maintenance"),
    "data_centre": Text("数据中心", "Data centres"),
    "health": Text("医疗信息", "Health information"),
    "manufacturing": Text("制造业信息化", "Manufacturing IT"),
}

_FIELDS = (
    Field("QMS", Text("质量管理体系", "Quality management"), _INDUSTRIES),
    Field("EMS", Text("环境管理体系", "Environmental management"), _INDUSTRIES),
    Field(
        "OHSMS",
        Text("职业健康安全管理体系", "Occupational health and safety"),
        _INDUSTRIES,
    ),
    Field("FSMS", Text("食品安全管理体系", "Food safety management"), _FOOD),
    Field("HACCP", Text("危害分析与关键控制点体系", "HACCP"), _FOOD),
    Field("EnMS", Text("能源管理体系", "Energy management"), _ENERGY),
    Field("ISMS", Text("信息安全管理体系", "Information security"), _INFORMATION),
    Field("ITSMS", Text("信息技术服务管理体系", "IT service management"), _INFORMATION),
)
FIELDS: dict[str, Field] = {field.key: field for field in _FIELDS}


def field_exam(field: str) -> str:
    """Return the key of the exam subject "basis of the field's management system"."""
    return f"field_basis:{field}"


def exam_title(subject: str) -> Text:
    """Return the name of an exam subject."""
    if subject == GENERAL_EXAM:
        return Text("认证通用基础", "General basis of certification")
    if subject == MANAGEMENT_SYSTEMS_EXAM:
        return Text("管理体系认证基础", "Basis of management system certification")
    title = FIELDS[subject.partition(":")[2]].title
    words = title.en if title.en[:2].isupper() else title.en[:1].lower() + title.en[1:]
    return Text(f"{title.zh}基础", f"Basis of {words}")


def grade_asked(mode: str, held: str | None) -> str:
    """Return the grade that a certificate issued for this mode has; `held` is the present one."""
    return MODES[mode].grade or held or "intern"


def specialities_of(field: str) -> dict[str, Text]:
    """Return the specialities of a field by key; of every field while none is chosen."""
    fields = [FIELDS[field]] if field in FIELDS else list(FIELDS.values())
    return {key: title for one in fields for key, title in one.specialities.items()}
