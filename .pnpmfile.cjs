// The Node packages name their platform as a string where the lockfile expects a list, and an entry that is not a
// list is dropped: every machine would then download Node for Windows as well.
const platformAsList = (pkg) => {
  for (const key of ["os", "cpu"]) if (typeof pkg[key] === "string") pkg[key] = [pkg[key]];
  return pkg;
};

module.exports = { hooks: { readPackage: platformAsList } };
