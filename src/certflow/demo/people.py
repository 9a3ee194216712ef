"""Demo bodies and people: invented, numbered from 1, the same every time."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import count, islice

from stdnum.cn.ric import calc_check_digit

from certflow.accounts.models import Organisation, Person, User
from certflow.accounts.operations import NewPerson, create_person, grant_role
from certflow.accounts.passwords import hash_password
from certflow.accounts.permissions import set_permissions
from certflow.accounts.roles import ORGANISATION_ROLES, PERMISSIONS
from certflow.core.actor import SYSTEM, Actor
from certflow.core.db import Session

PASSWORD = "Demo-2026"  # noqa: S105 - shown on the console for the demo accounts
PEOPLE = 300
BODIES = (
    ("云杉示例认证有限公司", "Spruce Sample Certification"),
    ("星河样例认证中心", "Galaxy Sample Certification Centre"),
    ("南屿样例检验认证有限公司", "Nanyu Sample Inspection and Certification"),
    ("北辰示例认证有限公司", "Polaris Sample Certification"),
    ("青禾示例认证服务有限公司", "Qinghe Sample Certification Services"),
    ("松江样例质量认证有限公司", "Songjiang Sample Quality Certification"),
    ("远帆示例认证有限公司", "Farsail Sample Certification"),
    ("白鹭样例认证中心", "Egret Sample Certification Centre"),
    ("栖霞示例管理认证有限公司", "Qixia Sample Management Certification"),
    ("天目样例认证有限公司", "Tianmu Sample Certification"),
    ("澜沧示例认证有限公司", "Lancang Sample Certification"),
    ("云台样例技术认证有限公司", "Yuntai Sample Technical Certification"),
)
_FAMILY = "陈李王张刘杨黄赵吴周徐孙马朱胡郭何高罗郑"
_PINYIN = [
    "CHEN",
    "LI",
    "WANG",
    "ZHANG",
    "LIU",
    "YANG",
    "HUANG",
    "ZHAO",
    "WU",
    "ZHOU",
    "XU",
    "SUN",
    "MA",
    "ZHU",
    "HU",
    "GUO",
    "HE",
    "GAO",
    "LUO",
    "ZHENG",
]
_GIVEN = (
    ("知夏", "Zhixia"),
    ("听澜", "Tinglan"),
    ("见山", "Jianshan"),
    ("疏影", "Shuying"),
    ("砚秋", "Yanqiu"),
    ("青岚", "Qinglan"),
    ("未央", "Weiyang"),
    ("映雪", "Yingxue"),
    ("临溪", "Linxi"),
    ("枕流", "Zhenliu"),
    ("望舒", "Wangshu"),
    ("归鸿", "Guihong"),
    ("怀瑾", "Huaijin"),
    ("若谷", "Ruogu"),
    ("云起", "Yunqi"),
    ("思齐", "Siqi"),
)
_STAFF = (
    ("gu.nanqiao", "顾南乔", "reviewer"),
    ("song.qingyuan", "宋清源", "approver"),
    ("wen.yuanshan", "温远山", "finance"),
    ("qin.shuhuai", "秦书怀", "exam_office"),
    ("he.zhuqing", "何竹青", "complaints_office"),
    ("pei.mingde", "裴明德", "process_admin"),
    ("tang.yusheng", "唐雨声", "process_admin"),
    ("admin", "系统管理员", "system_admin"),
    ("cnca", "监管人员", "regulator"),
)


@dataclass
class Town:
    """Everybody in the demo: bodies, staff by role, one staff actor a body, experts, people."""

    bodies: list[Organisation] = field(default_factory=list)
    staff: dict[str, Actor] = field(default_factory=dict)
    body_staff: list[Actor] = field(default_factory=list)
    experts: list[Actor] = field(default_factory=list)
    applicants: list[Actor] = field(default_factory=list)


def settle(session: Session, at: datetime) -> Town:
    """Make everybody. `at` is the day on which they joined."""
    maker = _Maker(session, at, hash_password(PASSWORD))
    town = Town()
    for number, (name, name_en) in enumerate(BODIES):
        body = Organisation(
            kind="certification_body", name=name, name_en=name_en, contact_name="", created_at=at
        )
        session.add(body)
        session.flush()
        town.bodies.append(body)
        login, who = (
            ("liu.guanlan", "刘观澜")
            if number == 0
            else (f"body{number + 1:02d}", f"机构经办{number + 1}")
        )
        user = maker.user(login, who, {"body_staff": body.id, "body_admin": body.id})
        town.body_staff.append(maker.actor(user, "body_staff", body.id))
    for login, who, role in _STAFF:
        town.staff[role] = maker.actor(maker.user(login, who, {role: None}), role)
    for number, (name, pinyin) in enumerate(islice(_names(), PEOPLE)):
        maker.person(town, number, name, pinyin)
    return town


class _Maker:
    def __init__(self, session: Session, at: datetime, password_hash: str) -> None:
        self.session, self.at, self.password_hash = session, at, password_hash

    def user(self, login: str, name: str, roles: dict[str, int | None]) -> User:
        user = User(
            login_name=login,
            password_hash=self.password_hash,
            name=name,
            email=f"{login}@example.org" if "." in login else None,
            email_confirmed_at=self.at if "." in login else None,
            created_at=self.at,
        )
        self.session.add(user)
        self.session.flush()
        for role, scope in roles.items():
            organisation = scope if role in ORGANISATION_ROLES else None
            grant_role(self.session, user.id, role, self.at, organisation_id=organisation)
            if allowed := PERMISSIONS.get(role):
                set_permissions(self.session, SYSTEM, user.id, role, allowed)
        return user

    def person(self, town: Town, number: int, name: str, pinyin: str) -> None:
        """Make one person; the first is Lin Zhixia, the next eight are experts as well."""
        expert = 1 <= number <= 8  # noqa: PLR2004
        login = {0: "lin.zhixia", 1: "shen.shiguang"}.get(number, f"user{number:03d}")
        name, pinyin = {0: ("林知夏", "LIN Zhixia"), 1: ("沈拾光", "SHEN Shiguang")}.get(
            number, (name, pinyin)
        )
        roles: dict[str, int | None] = {"applicant": None}
        if expert:
            roles["expert"] = None
        user = self.user(login, name, roles)
        body = town.bodies[number % len(town.bodies)]
        new = NewPerson(
            name=name,
            pinyin=pinyin,
            document_type="resident_id",
            document_number=_resident_id(number),
            phone=f"1380000{number:04d}",
            highest_degree="bachelor",
            organisation_id=body.id,
        )
        person = create_person(self.session, new, self.at, user_id=user.id)
        if expert:
            town.experts.append(self.actor(user, "expert", person=person))
        else:
            town.applicants.append(self.actor(user, "applicant", person=person))

    def actor(
        self, user: User, role: str, scope: int | None = None, person: Person | None = None
    ) -> Actor:
        scope = person.organisation_id if person is not None else scope
        return Actor(user.id, user.name, role, scope, person.id if person else None)


def _names() -> Iterator[tuple[str, str]]:
    """Yield names: no two neighbours share family or given name."""
    families = list(zip(_FAMILY, _PINYIN, strict=True))
    for number in count():
        family, family_en = families[number * 3 % len(families)]
        given, given_en = _GIVEN[(number * 7 + number // len(_GIVEN)) % len(_GIVEN)]
        yield family + given, f"{family_en} {given_en}"


def _resident_id(number: int) -> str:
    """Return an invented resident ID number of a region that exists nowhere."""
    born = date(1975 + number % 22, number % 12 + 1, number % 28 + 1)
    body = f"999999{born:%Y%m%d}{number:03d}"
    return body + str(calc_check_digit(body))
