"""What the processes' own operations, checks and lists are called in the studio (catalogue H1)."""

from typing import cast

from certflow.cases.described import Parameter, Register, describe
from certflow.core.text import Text

_SCORE = Parameter(
    "score",
    "variable",
    Text("更改后的成绩", "The score decided"),
    Text("留空时维持原成绩。", "None: the first one stands."),
)
_PARAMETERS = {"exam_regrading.settle": (_SCORE,)}
_WORDS = """
operation registration.gather_facts | 收集注册所需的数据 | Gather the figures of a registration
operation registration.issue_certificate | 颁发注册证书 | Issue the certificate
operation profile_change.note_present | 记下变更前的信息 | Note the particulars as they were
operation profile_change.apply | 更新基本信息 | Change the particulars
operation expert_application.gather_facts | 收集专家申请所需的数据 | Gather the figures of an expert's application
operation expert_application.appoint | 聘任专家 | Appoint the expert
operation transfer.gather_facts | 收集转会所需的数据 | Gather the figures of a transfer
operation transfer.change_body | 变更执业机构 | Change the practising body
operation organisation_sign_up.open | 登记机构并开通账号 | Register the body and open its account
operation complaint.identify | 认定被投诉方 | Identify whom it is about
operation complaint.apply_measures | 执行处理决定 | Carry out the measures
operation annual_confirmation.gather_facts | 收集年度确认所需的数据 | Gather the figures of a confirmation
operation annual_confirmation.confirm | 确认该年度 | Confirm the year
operation certificate_cancellation.cancel | 注销证书 | Cancel the certificate
operation exam_regrading.settle | 公布复查结果 | Publish the outcome of a re-check
operation data_erasure.erase | 删除个人信息并注销账号 | Erase the personal data and close the account

check registration.witness_matches_audit | 见证记录与审核经历一致 | Witness records fit the audits
check registration.organisation_is_mine | 推荐机构是申请人的执业机构 | The body is the applicant's own
check registration.body_is_still_mine | 提交时仍在推荐机构执业 | Still with that body when submitting
check registration.records_suffice | 所选记录满足条件 | The chosen records suffice
check profile_change.something_differs | 至少有一项变更 | Something changes
check expert_application.still_allowed | 仍可申请专家 | May still apply as an expert
check transfer.still_allowed | 仍可转会 | May still transfer
check organisation_sign_up.nobody_else | 没有重复的机构或联系人 | Neither body nor contact is known already
check organisation_sign_up.still_free | 通过时仍未被登记 | Still free when it is accepted
check complaint.subject_found | 被投诉方在册且不是本人 | The subject is known, and not oneself
check annual_confirmation.may_file | 该年度可以确认且没有在办 | The year is due and not under way
check annual_confirmation.still_valid | 办理时证书仍有效 | The certificate is still valid
check appeal.in_time | 在申诉期限内 | The appeal is in time
check certificate_cancellation.nothing_under_way | 没有相关业务在办 | Nothing else is under way
check certificate_cancellation.still_held | 办理时证书仍有效 | The certificate is still held
check exam_regrading.result_is_mine | 成绩和准考证号属于本人 | The result and the ticket are one's own
check exam_regrading.score_differs | 更改后的成绩不同 | A changed score differs
check data_erasure.nothing_stands | 没有妨碍删除的业务或证书 | Nothing stands against erasing
check library.verified_kept | 已核实的记录没有改动 | Verified records are kept as they are

choice specialities | 申请领域的专业 | Specialities of the field
choice complaint.bodies | 可投诉的机构 | Bodies one can complain about
choice complaint.credit | 可作的信用记录 | What can be entered into the credit file
choice complaint.certificates | 可暂停或撤销的证书 | Certificates that can be suspended or cancelled
choice annual_confirmation.years | 待确认的年度 | Years that are due
choice annual_confirmation.certificates | 待确认的证书 | Certificates that are due
choice appeal.decisions | 可申诉的决定 | Decisions one may appeal against
choice appeal.reopen_at | 可以重新办理的环节 | Steps at which it can go on
choice certificate_cancellation.certificates | 可注销的证书 | Certificates that can be given up
choice exam_regrading.results | 可复查的成绩 | Results that can be re-checked

exhibit registration.judged_rules | 条件核对结果 | How the conditions were judged
exhibit profile_change.before_after | 变更前后对照 | Before and after
exhibit expert_application.standing | 申请人现有的专家资格 | How the applicant stands as an expert
exhibit transfer.certificates | 随转的证书 | The certificates that go along
exhibit organisation_sign_up.known | 名称相近的机构 | Bodies with a similar name
exhibit complaint.file | 投诉内容 | The complaint
exhibit complaint.prepare | 转告对方的内容 | What the other side was told
exhibit complaint.state | 对方的陈述 | What the other side said
exhibit annual_confirmation.certificate | 待确认的证书 | The certificate to be confirmed
exhibit certificate_cancellation.certificate | 将注销的证书 | The certificate to be cancelled
exhibit exam_regrading.paper | 匿名试卷 | The paper without a name
exhibit exam_regrading.result | 原成绩 | The result as published
exhibit appeal.decision_appealed | 被申诉的决定 | The decision appealed against
exhibit data_erasure.what | 将删除和保留的内容 | What is erased and what is kept

starting profile_change.present | 现有的基本信息 | The particulars as they are
starting annual_confirmation.year | 待确认的年度 | The year that is due
starting exam_regrading.second | 复评的成绩 | The second mark
"""


def _read() -> None:
    for line in filter(None, _WORDS.splitlines()):
        what, zh, en = line.split(" | ")
        kind, _, name = what.partition(" ")
        describe(cast("Register", kind), name, zh, en, *_PARAMETERS.get(name, ()))


_read()
