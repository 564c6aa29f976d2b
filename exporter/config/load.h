#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "config/config.h"

namespace litewatch {

/// Reads a YAML configuration of at most 16 MiB. Strict: an unknown key, a wrong type, a value out
/// of range, a key twice or a missing one is an Error{kMalformed} whose `what` has a line per
/// mistake (ten at most, in the order of the file): "FILE:LINE: KEY: expected ..., got ...". Its
/// `path` is empty then, as `what` begins with it; a file that cannot be read has the path in
/// `path`.
/// `~` is not expanded; relative paths are taken from the file's own folder. The names left out are
/// derived (config/names.h). An empty file is a configuration that watches nothing.
Result<Config> load_config(const std::string& file);

/// The same from text; `file` stands in messages and resolves relative paths.
Result<Config> parse_config(std::string_view text, const std::string& file);

/// A configuration from positional arguments alone: each is an http or https URL to probe, the path
/// of a database, or a pattern if it holds *, ? or [ and no file of exactly that name exists.
/// Relative paths are taken from the current folder. Databases whose names would collide are told
/// apart by their folders: "a/app", "b/app". URLs beside one single database are of the same app.
Result<Config> config_from_arguments(const std::vector<std::string>& arguments);

/// The effective configuration as YAML with every default written out and nothing secret in it:
/// values of headers and of URLs whose names look like a secret's are masked. parse_config reads
/// what a function above returned back to an equal Config, but for what is masked. A name that a
/// pattern or folder leaves open has no key.
std::string to_yaml(const Config& config);

/// One module in the same way, as an entry of `modules:`.
std::string to_yaml(const ProbeModule& module);

}  // namespace litewatch
