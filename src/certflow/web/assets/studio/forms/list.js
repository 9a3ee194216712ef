// The list of forms: only one menu is open at a time, and Escape closes it.
import "./forms.css";

const menus = [...document.querySelectorAll("[data-more]")];
for (const menu of menus) {
  menu.addEventListener("toggle", () => menu.open && menus.forEach((other) => { if (other !== menu) other.open = false; }));
  menu.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    menu.open = false;
    menu.querySelector("summary").focus();
  });
}
document.addEventListener("click", (event) => {
  for (const menu of menus) if (menu.open && !menu.contains(event.target)) menu.open = false;
});
