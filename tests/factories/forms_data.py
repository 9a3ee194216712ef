"""Small forms to test with: an application with audit records, its evaluation, its correction."""

from copy import deepcopy

from certflow.forms.definition import read_form


def text(zh, en="x"):
    return {"zh": zh, "en": en}


AUDIT = {
    "key": "audit",
    "title": text("审核经历"),
    "heading": "organisation",
    "summary": ["started_on", "ended_on", "kind", "days"],
    "schema": {
        "type": "object",
        "properties": {
            "organisation": {"type": "string", "maxLength": 20},
            "started_on": {"type": "string", "format": "date"},
            "ended_on": {"type": "string", "format": "date"},
            "kind": {"type": "string", "enum": ["initial", "other"]},
            "explanation": {"type": "string"},
            "days": {"type": "number", "minimum": 0.5, "maximum": 30},
            "files": {"type": "array", "items": {"type": "string"}, "maxItems": 2},
        },
        "required": ["organisation", "started_on", "days", "explanation"],
    },
    "fields": [
        {"name": "organisation", "label": text("受审核方"), "widget": "text"},
        {"name": "started_on", "label": text("开始"), "widget": "date"},
        {"name": "ended_on", "label": text("结束"), "widget": "date"},
        {
            "name": "kind",
            "label": text("类型", "Kind"),
            "widget": "select",
            "options": [
                {"value": "initial", "label": text("初次认证", "Initial")},
                {"value": "other", "label": text("其他", "Other")},
            ],
        },
        {
            "name": "explanation",
            "label": text("说明"),
            "widget": "textarea",
            "visible_if": "kind == 'other'",
        },
        {"name": "days", "label": text("天数"), "widget": "number", "unit": text("天", "days")},
        {"name": "files", "label": text("材料"), "widget": "file"},
    ],
    "rules": [
        {"field": "ended_on", "must": "ended_on >= started_on", "message": text("结束早于开始")}
    ],
}

APPLY = {
    "key": "apply",
    "title": text("申请"),
    "schema": {
        "type": "object",
        "properties": {
            "mode": {"type": "string", "enum": ["first", "upgrade"]},
            "reason": {"type": "string", "maxLength": 10},
            "body": {"type": "string"},
            "agreed": {"type": "boolean"},
            "count": {"type": "integer", "minimum": 1, "maximum": 30},
            "audit": {"type": "array", "minItems": 1, "maxItems": 3},
        },
        "required": ["mode", "reason", "audit", "agreed"],
    },
    "pages": [
        {
            "key": "choose",
            "title": text("选择"),
            "fields": [
                {
                    "name": "mode",
                    "label": text("方式"),
                    "widget": "radio",
                    "options": [
                        {"value": "first", "label": text("首次", "First")},
                        {"value": "upgrade", "label": text("升级", "Upgrade")},
                    ],
                },
                {
                    "name": "reason",
                    "label": text("理由"),
                    "widget": "text",
                    "visible_if": "mode == 'upgrade'",
                },
                {"name": "body", "label": text("机构"), "widget": "organisation"},
                {"name": "count", "label": text("次数"), "widget": "number"},
                {"name": "agreed", "label": text("我同意"), "widget": "checkbox"},
            ],
        },
        {
            "key": "records",
            "title": text("经历"),
            "visible_if": "mode == 'upgrade'",
            "fields": [
                {
                    "name": "audit",
                    "label": text("审核经历"),
                    "widget": "records",
                    "records": "audit",
                }
            ],
        },
    ],
    "outcomes": [{"key": "submit", "label": text("提交申请")}],
    "decides": {"mode": "mode", "audits": "len(audit)"},
}

EVALUATE = {
    "key": "evaluate",
    "title": text("评价"),
    "reviews": "apply",
    "schema": {
        "type": "object",
        "properties": {"verdicts": {"type": "object"}, "opinion": {"type": "string"}},
    },
    "pages": [
        {
            "key": "evaluate",
            "title": text("评价"),
            "fields": [
                {
                    "name": "verdicts",
                    "label": text("逐条评价"),
                    "widget": "review",
                    "targets": ["audit", "mode"],
                    "nonconformities": [
                        {
                            "code": "J-07",
                            "label": text("条款不全"),
                            "text": text("请补充条款"),
                            "applies": ["audit"],
                            "fields": ["days"],
                        },
                        {
                            "code": "J-08",
                            "label": text("类型不对"),
                            "text": text("请更正类型"),
                            "fields": ["kind"],
                        },
                    ],
                },
                {"name": "opinion", "label": text("意见"), "widget": "textarea"},
            ],
        }
    ],
    "outcomes": [
        {"key": "submit", "label": text("提交评价"), "requires": ["verdicts", "opinion"]},
        {"key": "decline", "label": text("回避"), "kind": "quiet"},
    ],
    "decides": {"failed": "verdicts_failed", "open": "verdicts_open", "result": "outcome"},
}

CORRECT = {
    "key": "correct",
    "title": text("整改"),
    "amends": "apply",
    "schema": {"type": "object", "properties": {"note": {"type": "string"}}},
    "pages": [
        {
            "key": "note",
            "title": text("说明"),
            "fields": [{"name": "note", "label": text("整改说明"), "widget": "textarea"}],
        }
    ],
    "outcomes": [{"key": "submit", "label": text("提交整改")}],
}

RECORDS = {"audit": AUDIT}
FORMS = {"apply": APPLY, "evaluate": EVALUATE, "correct": CORRECT}


def definition(key, **changed):
    """Read one of the forms, with some of its keys changed."""
    return read_form({**deepcopy(FORMS[key]), **changed}, RECORDS, FORMS)
