module.exports = require("../../.pnpmfile.cjs");
