import { render } from "preact";
import { App } from "./app";
import { followLinks } from "./router";
import "./style.css";

document.addEventListener("click", followLinks);
const place = document.getElementById("app");
if (place) render(<App />, place);
