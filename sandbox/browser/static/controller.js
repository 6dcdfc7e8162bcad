import { answer, request } from "./frame.js";

answer({ request });
