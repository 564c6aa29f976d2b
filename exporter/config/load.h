#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "config/config.h"

namespace litewatch {

/// Reads a YAML configuration. Strict: an unknown key, a wrong type, a value out of range, a key
/// twice or a missing one is an error whose `what` reads "FILE:LINE: KEY: expected ...".
/// `~` is not expanded; relative paths are taken from the file's own folder.
Result<Config> load_config(const std::string& file);

/// The same from text; `file` stands in messages and resolves relative paths.
Result<Config> parse_config(std::string_view text, const std::string& file);

/// A configuration from positional arguments alone: each is the path of a database or a pattern.
/// Names that would collide are told apart by their folders.
Result<Config> config_from_arguments(const std::vector<std::string>& arguments);

/// The effective configuration as YAML with every default written out and nothing secret in it.
/// parse_config reads it back to an equal Config.
std::string to_yaml(const Config& config);

}  // namespace litewatch
