#!/usr/bin/env node
// npm links this file when it installs, before the first build: the built entry does not exist yet and could not be made executable.
import "../dist/src/main.js";
