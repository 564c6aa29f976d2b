#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <system_error>

#include "base/ascii.h"
#include "base/parse.h"
#include "config/load.h"
#include "config/names.h"
#include "config/paths.h"
#include "config/problems.h"
#include "probe/target.h"

namespace litewatch {
namespace {

Error refused(const std::string& argument, const std::string& why) {
  return Error{ErrorKind::kMalformed, in_quotes(argument) + ": " + why, "", 0};
}

/// How much of its path a database is called by.
struct Naming {
  std::filesystem::path path;
  std::size_t folders = 0;       ///< how many folders stand before the name
  bool whole_file_name = false;  ///< with its extension

  std::string name() const {
    std::filesystem::path name = whole_file_name ? path.filename() : path.stem();
    auto folder = path.parent_path();
    for (std::size_t i = 0; i < folders; ++i, folder = folder.parent_path()) {
      name = folder.filename() / name;
    }
    return name.string();
  }

  bool can_grow() const {
    std::filesystem::path above = path;
    for (std::size_t i = 0; i <= folders; ++i) above = above.parent_path();
    return above.has_relative_path();
  }
};

/// Makes the names of a group that share one a step longer: by their extensions where two lie in
/// one folder, else by a folder. False: nothing is left to add.
bool grow(const std::vector<Naming*>& group) {
  std::set<std::filesystem::path> folders;
  bool same_folder = false;
  for (const Naming* naming : group) {
    same_folder |= !folders.insert(naming->path.parent_path()).second;
  }
  bool grown = false;
  for (Naming* naming : group) {
    if (same_folder && !naming->whole_file_name) {
      grown = naming->whole_file_name = true;
    } else if (!same_folder && naming->can_grow()) {
      ++naming->folders;
      grown = true;
    }
  }
  return grown;
}

/// Grows names until all differ. False: they cannot be told apart.
bool tell_apart(std::vector<Naming>& namings) {
  while (true) {
    std::map<std::string, std::vector<Naming*>> by_name;
    for (Naming& naming : namings) by_name[to_name(naming.name())].push_back(&naming);
    if (by_name.size() == namings.size()) return true;
    for (const auto& [name, group] : by_name) {
      if (group.size() > 1 && !grow(group)) return false;
    }
  }
}

/// Schemes have no case.
bool is_url(std::string_view argument) {
  const std::string scheme = ascii_lower(argument.substr(0, argument.find("://")));
  return scheme.size() < argument.size() && (scheme == "http" || scheme == "https");
}

/// "ftp://..." and the like. SQLite's own file: is none of ours either.
bool has_other_scheme(std::string_view argument) {
  const std::string_view scheme = argument.substr(0, argument.find("://"));
  return scheme.size() < argument.size() && !scheme.empty() && !scheme.starts_with('.') &&
         scheme.find('/') == scheme.npos;
}

/// "localhost:3000/healthz": `litetool probe` takes it, but here it may be a file as well.
bool is_host_and_port(std::string_view argument) {
  const std::string_view authority = argument.substr(0, argument.find('/'));
  const std::size_t colon = authority.rfind(':');
  return colon != authority.npos && colon > 0 && parse_u64(authority.substr(colon + 1));
}

std::optional<Error> refuse_what_is_no_path(const std::string& argument) {
  const std::string shown = shown_url(argument);
  if (has_other_scheme(argument)) {
    return refused(shown,
                   "expected a path, or a URL with http:// or https://; targets of other kinds "
                   "are for --config.file");
  }
  if (!is_host_and_port(argument)) return std::nullopt;
  return refused(shown, "expected a path or a URL; is http://" + shown + " meant, or the file ./" +
                            shown + "?");
}

Result<DatabaseConfig> database_from(const std::string& argument,
                                     const std::filesystem::path& folder) {
  const auto path = absolute_path(argument, folder);
  if (!path) return refused(argument, "expected " + path.error().what);
  DatabaseConfig database;
  database.path = *path;
  std::error_code error;
  database.literal = database.is_pattern() && std::filesystem::exists(database.path, error);
  return database;
}

std::optional<Error> add_database(const std::string& argument, const std::filesystem::path& folder,
                                  Config& config) {
  if (auto error = refuse_what_is_no_path(argument)) return error;
  auto database = database_from(argument, folder);
  if (!database) return database.error();
  config.databases.push_back(*std::move(database));
  return std::nullopt;
}

std::optional<Error> add_target(const std::string& argument, Config& config) {
  const std::string wrong = check_target_url(argument, true, false);
  // The URL is shown without what may be a password in it.
  if (!wrong.empty()) return refused(shown_url(argument), wrong);
  config.probes.targets.emplace_back().url = argument;
  return std::nullopt;
}

/// Names the databases that are no patterns. False: they cannot be told apart.
bool name_databases(std::vector<DatabaseConfig>& databases) {
  std::vector<Naming> namings;
  for (const DatabaseConfig& database : databases) {
    if (!database.is_pattern()) namings.push_back({database.path});
  }
  if (!tell_apart(namings)) return false;
  std::size_t next = 0;
  for (DatabaseConfig& database : databases) {
    if (!database.is_pattern()) database.name = to_name(namings[next++].name());
  }
  return true;
}

}  // namespace

Result<Config> config_from_arguments(const std::vector<std::string>& arguments) {
  Config config;
  const std::filesystem::path folder = folder_of("here");
  std::set<std::string> seen;
  for (const std::string& argument : arguments) {
    const bool url = is_url(argument);
    auto error = url ? add_target(argument, config) : add_database(argument, folder, config);
    if (error) return *std::move(error);
    const auto& added = url ? config.probes.targets.back().url : config.databases.back().path;
    if (!seen.insert(added).second) {
      return refused(url ? shown_url(argument) : argument, "given twice");
    }
  }
  if (!name_databases(config.databases)) {
    return Error{ErrorKind::kMalformed,
                 "databases whose names cannot be told apart: name them in a --config.file", "", 0};
  }
  if (config.databases.size() == 1 && !config.databases[0].is_pattern()) {
    for (ProbeTarget& target : config.probes.targets) target.app = config.databases[0].name;
  }
  derive_names(config);
  return config;
}

}  // namespace litewatch
