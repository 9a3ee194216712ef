// Everything here only helps: each page works without it.
import { captcha, checks, countdown } from "./account.js";
import { autosave } from "./autosave.js";
import { copying, menus, printing, restorePlace, summary, tabs } from "./comforts.js";
import { guard } from "./guard.js";
import { inbox } from "./inbox.js";
import { library } from "./library.js";
import { live } from "./live.js";
import { each } from "./page.js";
import { records } from "./records.js";
import { review } from "./review.js";
import { flashes } from "./toast.js";
import { upload } from "./upload.js";
import { visibility } from "./visible.js";
import { wholes } from "./wholes.js";

document.documentElement.classList.add("js");

wholes();
menus();
copying();
printing();
flashes();
each("form", visibility);
each("[data-records]", records);
each("[data-library]", library);
each("[data-upload]", upload);
each("[data-live]", live);
each("[data-review]", review);
each("form[data-inbox]", inbox);
each("form[data-autosave]", autosave);
each("[data-captcha]", captcha);
each("[data-countdown]", countdown);
each("form[data-check]", checks);
guard();
restorePlace();
summary();
tabs();
