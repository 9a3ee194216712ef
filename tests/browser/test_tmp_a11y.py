import json
from browser.rooms import Rooms
from browser.test_accessibility import AXE, RULES
def test_x(site, meet, capsys):
    rooms = Rooms.furnish(site)
    for login, paths in {"lin.zhixia": ["/services", "/services?q=没有的事", "/cases/{registered}/print","/my/profile","/tasks/{apply}","/tasks/{correct}","/cases/{mending}", "/cases/{mending}?tab=application","/home","/notices","/my/profile/new/audit"], "gu.nanqiao": ["/office/inbox?view=group","/office/cases","/office/statistics"], "liu.guanlan": ["/office/inbox", "/office/inbox?view=all"]}.items():
        p = meet(login); p.open("/login")
        for path in paths:
            p.open(path.format(**rooms.ids))
            for w in (1280, 390):
                p.page.set_viewport_size({"width": w, "height": 900})
                for wait in (0, 600):
                    p.page.wait_for_timeout(wait)
                    if not p.page.evaluate("typeof axe !== 'undefined'"): p.page.evaluate(AXE.read_text())
                    f = p.page.evaluate("rules => axe.run(document, {runOnly: {type: 'tag', values: rules}, resultTypes: ['violations']})", RULES)
                    with capsys.disabled():
                        for one in f["violations"]:
                            for n in one["nodes"]:
                                print(path, w, wait, one["id"], n["html"][:120], json.dumps(n["any"][0]["data"] if n["any"] else None)[:300])
                        sw = p.page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
                        if sw[0] > sw[1]+1: print(path, w, wait, "scroll", sw, p.page.evaluate("[...document.querySelectorAll('*')].filter(e=>e.getBoundingClientRect().right>innerWidth+1).slice(0,6).map(e=>e.outerHTML.slice(0,100))"))
