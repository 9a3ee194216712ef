"""The main job, lived through in real browsers: from the service catalogue to the certificate."""

import re
import subprocess
from pathlib import Path

from browser.conftest import Meet
from browser.pages import Person, Site, tick
from browser.story import begin, choose, fill, submit

OWN_RECORD = "青屿示例仪表有限公司"


def add_audit(person: Person, paper: Path) -> None:
    """Type a new audit record in, with its evidence."""
    card = person.add("audit")
    prefix = (card.locator('input[name$=".organisation"]').get_attribute("name") or "").rsplit(
        ".", 1
    )[0]
    person.write(f"{prefix}.organisation", OWN_RECORD)
    for name, value in (("field", "QMS"), ("audit_type", "surveillance"), ("role", "intern")):
        person.select(f"{prefix}.{name}", value)
    person.write(f"{prefix}.started_on", "2026-05-11")
    person.write(f"{prefix}.ended_on", "2026-05-12")
    person.write(f"{prefix}.onsite_days", "2")
    person.choose(f"{prefix}.complete", "true")
    person.choose(f"{prefix}.witnessed", "false")
    person.write(f"{prefix}.duties", "生产部 8.1、8.5")
    person.attach(card, paper)


def agree(staff: Person, number: str) -> None:
    """Let the body agree to an application."""
    staff.claim(number)
    staff.judge()
    staff.finish("agree")


def test_from_application_to_certificate(
    site: Site, meet: Meet, paper: Path, tmp_path: Path
) -> None:
    applicant = meet("user240")
    number = apply(site, meet, applicant, paper)
    staff = meet("liu.guanlan")
    mend_for_the_body(site, applicant, staff, number)
    pay_online(site, applicant)
    reviewer, first, second = meet("gu.nanqiao"), meet("shen.shiguang"), meet("user003")
    accept_and_assign(site, meet, reviewer, number)
    two_rounds(site, applicant, reviewer, (first, second), number)
    approver = meet("song.qingyuan")
    approve(site, approver, number)
    read_certificate(site, meet, applicant, number, tmp_path)
    look_back(applicant, reviewer, number)
    meet("lin.zhixia").open("/home").shoot("home", phone=True)
    meet("pei.mingde").open("/admin").shoot("admin")
    meet("gu.nanqiao").open("/office/statistics").shoot("statistics")


def apply(site: Site, meet: Meet, applicant: Person, paper: Path) -> str:
    applicant.open("/services?q=注册").shoot("services", phone=True)
    assert "30 个工作日" in applicant.text
    begin(applicant, "upgrade_to_formal")
    assert "暂时不能申请" in applicant.text
    assert "还没有" in applicant.text
    applicant.shoot("selfcheck", phone=True)
    applicant.follow('.cf-actions a:has-text("重新自检")')
    choose(applicant)
    assert "条件全部满足" in applicant.text
    applicant.follow('a:has-text("继续填报")')
    for kind in ("education", "employment", "professional_employment"):
        applicant.pick(kind)
        applicant.go_on()
    applicant.pick("audit")
    add_audit(applicant, paper)
    applicant.shoot("form", phone=True)
    applicant.press("_save", "draft")
    assert OWN_RECORD in applicant.page.content()
    applicant.leave()
    later = meet("user240").open("/home")
    later.follow('a:has-text("继续填写")')
    applicant.page, applicant.context = later.page, later.context
    assert OWN_RECORD in applicant.page.content()
    assert paper.name in applicant.page.content()
    applicant.go_on()
    for kind in ("cpd", "witness"):
        applicant.pick(kind)
        applicant.go_on()
    number = submit(applicant)
    assert re.fullmatch(r"202611200900\d\d", number)
    applicant.shoot("done", phone=True)
    return number


def mend_for_the_body(site: Site, applicant: Person, staff: Person, number: str) -> None:
    site.later(hours=3)
    staff.claim(number)
    staff.judge()
    staff.fail(OWN_RECORD, remark="请写清分工审核的部门和条款。")
    staff.write("opinion", "有一条审核经历需要补充。")
    staff.finish("return")
    site.later(hours=2)
    applicant.notice("退回").page.wait_for_load_state()
    assert "请写清分工审核的部门和条款" in applicant.page.content()
    site.later(minutes=20)
    mend(applicant, "生产部 8.1、8.5；仓储部 7.1.3", "amendment_note", "已补充仓储部。")
    site.later(hours=16)
    staff.claim(number)
    assert "仓储部 7.1.3" in staff.page.content()
    staff.judge()
    staff.finish("agree")


def mend(applicant: Person, duties: str, note: str, words: str) -> None:
    """Change the duties of the flagged record, explain, and submit again."""
    if "/tasks/" not in applicant.page.url:
        applicant.follow('a:has-text("去修改")')
    while True:
        place = applicant.page.locator('textarea[name$=".duties"]:visible')
        if place.count():
            place.last.fill(duties)
            applicant.shoot("correct", phone=True)
        if applicant.page.locator(f'[name="{note}"]:visible').count():
            break
        applicant.go_on()
    applicant.write(note, words)
    applicant.finish("submit")
    if "/confirm" in applicant.page.url:
        applicant.finish("submit")


def pay_online(site: Site, applicant: Person) -> None:
    site.later(hours=1)
    applicant.open("/home").follow('a:has-text("去缴费")')
    applicant.choose("kind", "personal")
    applicant.write("email", "lin@example.org")
    applicant.follow('button:has-text("保存发票信息")')
    applicant.shoot("payment", phone=True)
    applicant.follow('form[action$="/pay"] button')
    assert applicant.page.url.startswith(site.gateway_url)
    applicant.follow("button.primary")
    applicant.follow("a.button.primary")
    site.work()
    assert "缴费成功" in applicant.text


def accept_and_assign(site: Site, meet: Meet, reviewer: Person, number: str) -> None:
    site.later(hours=20)
    reviewer.claim(number)
    reviewer.choose("complete", "true")
    reviewer.choose("in_scope", "true")
    reviewer.write("opinion", "材料齐全，予以受理。")
    reviewer.finish("accept")
    site.later(minutes=10)
    reviewer.claim(number)
    assign(reviewer, "user132", "shen.shiguang")
    with reviewer.refused(422):
        reviewer.finish("assign")
    assert "同属一家机构" in reviewer.text
    reviewer.shoot("assign")
    untick(reviewer)
    assign(reviewer, "shen.shiguang", "user002")
    reviewer.finish("assign")
    site.later(hours=5)
    declining = meet("user002").notice("请办理“专家评价”")
    assert "/tasks/" in declining.page.url
    declining.page.click('summary:has-text("申请回避")')
    declining.select("decline_reason", "colleague")
    declining.write("decline_note", "曾在同一家单位工作。")
    declining.finish("decline")


def assign(reviewer: Person, *logins: str) -> None:
    """Tick experts."""
    for name in map(reviewer.site.name, logins):
        tick(reviewer.page.locator("label.cf-option", has_text=name).first.locator("input"))


def untick(reviewer: Person) -> None:
    """Take back whoever is ticked."""
    for box in reviewer.page.locator('input[name="experts"]').all():
        tick(box, on=False)


def two_rounds(
    site: Site, applicant: Person, reviewer: Person, experts: tuple[Person, Person], number: str
) -> None:
    first, second = experts
    site.later(hours=18)
    evaluate(first.notice("请办理“专家评价”"), code="J-06")
    site.later(hours=1)
    replace_expert(reviewer, number)
    site.later(hours=4)
    first.take(number)
    assert "，不符合 1，不适用 0" in first.text
    first.write("opinion", "同前次评价。")
    first.finish("submit")
    evaluate(second.notice("请办理“专家评价”"))
    conclude(site, reviewer, number, "correct")
    case = case_of(applicant, number)
    assert "暂停" in applicant.text
    applicant.shoot("case", phone=True)
    site.later(days=3)
    applicant.notice("评价发现不符合项")
    only_the_flagged_is_open(applicant)
    mend(applicant, "生产部 8.1、8.5；仓储部 7.1.3、8.5.4", "explanation", "已补充仓储部的条款。")
    site.later(hours=20)
    first.take(number)
    assert "8.5.4" in first.page.content()
    evaluate(first, code="J-14")
    evaluate(second.take(number))
    conclude(site, reviewer, number, "correct")
    site.later(days=4)
    applicant.open(case)
    mend(
        applicant,
        "生产部 8.1、8.5；仓储部 7.1.3、8.5.4；质量部 9.1",
        "explanation",
        "已补充质量部的条款。",
    )
    site.later(hours=20)
    for expert in experts:
        evaluate(expert.take(number))
    conclude(site, reviewer, number, "pass")


def replace_expert(reviewer: Person, number: str) -> None:
    """Assign another expert for the one who declined; who declined cannot be chosen again."""
    reviewer.claim(number)
    untick(reviewer)
    assign(reviewer, "shen.shiguang", "user002")
    with reviewer.refused(422):
        reviewer.finish("assign")
    assert "回避" in reviewer.text
    untick(reviewer)
    assign(reviewer, "shen.shiguang", "user003")
    reviewer.finish("assign")


def evaluate(expert: Person, code: str = "") -> None:
    """Judge every record; a failed one picks a non-conformity, which joins the opinion."""
    expert.judge()
    if code:
        expert.fail(OWN_RECORD, code=code)
        assert code in expert.page.locator('textarea[name="opinion"]').input_value()
        expert.fold(OWN_RECORD)
        expert.shoot("evaluate", phone=True)
    else:
        expert.write("opinion", "逐条评价完毕，符合。")
    expert.choose("result", "fail" if code else "pass")
    expert.finish("submit")


def conclude(site: Site, reviewer: Person, number: str, outcome: str) -> None:
    site.later(hours=2)
    reviewer.open("/office/inbox?view=group").shoot("inbox", phone=True)
    reviewer.claim(number)
    reviewer.write("opinion", "同意专家意见。")
    reviewer.finish(outcome)


def case_of(person: Person, number: str) -> str:
    """Open the page of a case from the list and return its address."""
    person.open(f"/my/cases?q={number}").follow("tbody th a")
    return person.page.url


def only_the_flagged_is_open(applicant: Person) -> None:
    """The records that nobody failed have no fields to type in."""
    assert "/tasks/" in applicant.page.url
    applicant.open(applicant.page.url.split("?")[0] + "?page=audit")
    cards = applicant.page.locator('[data-records="audit"] [data-record]')
    open_ones = [card for card in cards.all() if card.locator("textarea").count()]
    assert cards.count() > 1
    assert [OWN_RECORD in card.inner_text() for card in open_ones] == [True]
    assert applicant.page.locator('[data-records="audit"] [data-add]').count() == 0
    applicant.open(applicant.page.url.split("?")[0] + "?page=education")
    assert (
        applicant.page.locator('[data-records="education"] input:not([type=hidden])').count() == 0
    )
    applicant.open(applicant.page.url.split("?")[0] + "?page=audit")


def approve(site: Site, approver: Person, number: str) -> None:
    site.later(hours=3)
    approver.claim(number)
    approver.write("opinion", "同意注册。")
    approver.shoot("approve")
    approver.finish("approve")


def read_certificate(
    site: Site, meet: Meet, applicant: Person, number: str, tmp_path: Path
) -> None:
    site.work()
    applicant.notice("已准予注册")
    applicant.open("/my/certificates").shoot("certificates", phone=True)
    held = re.search(r"2026-N0QMS-\d{7}", applicant.text)
    assert held, applicant.text
    with applicant.page.expect_download() as download:
        applicant.page.click('a:has-text("下载电子证书")')
    paper = tmp_path / "certificate.pdf"
    download.value.save_as(paper)
    words = subprocess.run(["pdftotext", "-layout", paper, "-"], capture_output=True, check=True)
    said = words.stdout.decode()
    assert held.group(0) in said
    name = site.name(applicant.login)
    assert name in said.replace(" ", "")
    fonts = subprocess.run(["pdffonts", paper], capture_output=True, check=True).stdout.decode()
    assert all(line.split()[-5] == "yes" for line in fonts.splitlines()[2:]), fonts
    applicant.follow('a:has-text("查看与打印")')
    applicant.shoot("certificate", phone=True)
    address = re.search(r"/v/[\w-]+", applicant.page.content())
    assert address, "the certificate shows no address to check it at"
    visitor = meet().open(address.group(0))
    assert held.group(0) in visitor.text
    assert "这张证书有效" in visitor.text
    visitor.shoot("check", phone=True)
    visitor.open("/verify")
    visitor.write("number", held.group(0))
    visitor.write("name", name)
    visitor.follow('main form[action="/verify"] button:not([type=button])')
    assert visitor.page.url.endswith(address.group(0))


def look_back(applicant: Person, reviewer: Person, number: str) -> None:
    case_of(applicant, number)
    applicant.page.locator(".djs-container svg").first.wait_for()
    for told in ("评价时限", "整改时限", "沈拾光", "批准", "缴费"):
        assert told in applicant.text or told == "沈拾光"
    assert "沈拾光" not in applicant.text
    for tab in ("application", "opinions", "files", "payments", "messages"):
        applicant.open(f"{applicant.page.url.split('?')[0]}?tab={tab}")
        assert "<h2" in applicant.page.content()
    reviewer.open(applicant.page.url.split("?")[0])
    assert "沈拾光" in reviewer.text


def test_the_applicants_part_in_english_on_a_phone(site: Site, meet: Meet) -> None:
    applicant = meet("user252", width=390, locale="en")
    applicant.open("/services")
    assert "30 working days" in applicant.text
    begin(applicant)
    assert "conditions are met" in applicant.text
    applicant.follow(".cf-actions a.cf-button--main")
    fill(applicant)
    number = submit(applicant)
    agree(meet("liu.guanlan"), number)
    site.later(hours=1)
    applicant.open("/home")
    applicant.follow('a[href^="/orders/"].cf-button')
    applicant.follow('form[action$="/pay"] button')
    applicant.follow("button.primary")
    applicant.follow("a.button.primary")
    site.work()
    applicant.open("/my/payments")
    applicant.open(f"/my/cases?q={number}").follow("tbody th a")
    assert "working days" in applicant.text
    assert not re.findall(
        r"[\u4e00-\u9fff]{4,}", applicant.page.inner_text(".cf-vitals, .cf-vital")
    )


def test_a_bank_transfer_is_checked_by_finance(site: Site, meet: Meet, paper: Path) -> None:
    applicant, finance = meet("user264"), meet("wen.yuanshan")
    number = hand_in(applicant)
    agree(meet("liu.guanlan"), number)
    site.later(hours=1)
    applicant.open("/home").follow('a:has-text("去缴费")')
    order = applicant.page.url
    applicant.page.click('summary:has-text("银行转账")')
    applicant.attach(applicant.page.locator('form[action$="/voucher"]'), paper)
    applicant.follow('button:has-text("提交凭证")')
    assert "凭证核对中" in applicant.text
    finance.open("/office/vouchers").shoot("vouchers")
    with finance.page.expect_navigation():
        finance.page.locator('article button[value="accept"]').last.click()
    site.work()
    assert "缴费成功" in applicant.open(order).text
    reviewer = meet("gu.nanqiao").open(f"/office/inbox?view=group&q={number}")
    assert number in reviewer.text


def test_a_body_pays_two_applications_in_one_order(site: Site, meet: Meet) -> None:
    staff = meet("liu.guanlan")
    numbers = [hand_in(meet(login), payer="organisation") for login in ("user276", "user288")]
    for number in numbers:
        agree(staff, number)
    site.later(hours=1)
    staff.open("/office/orders")
    for box in staff.page.locator('input[name="order"]').all():
        box.check(force=True)
    staff.follow("[data-bulk] button.cf-button--main")
    assert staff.page.locator(".cf-column li a[href^='/cases/']").count() == 2
    assert "400.00" in staff.text
    staff.follow('form[action$="/pay"] button')
    staff.follow("button.primary")
    staff.follow("a.button.primary")
    site.work()
    reviewer = meet("gu.nanqiao")
    for number in numbers:
        assert number in reviewer.open(f"/office/inbox?view=group&q={number}").text


def hand_in(applicant: Person, payer: str = "person") -> str:
    """Go from the service to the case number."""
    begin(applicant, payer=payer)
    applicant.follow(".cf-actions a.cf-button--main")
    fill(applicant)
    return submit(applicant)
