#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/problems.h"
#include "config/yaml_tree.h"

namespace litewatch {

/// What a message says was found: a scalar in quotation marks, "a list", "a map" or "nothing".
std::string describe(const YamlNode& node);

/// Notes that `node`, reached as `key`, is not what was expected.
void complain(Problems& problems, const YamlNode& node, std::string_view key,
              std::string_view expected);

/// Whether `node` is of that kind; complains otherwise, as "a list" or "a map".
bool expect_list(const YamlNode& node, std::string_view key, Problems& problems);
bool expect_map(const YamlNode& node, std::string_view key, Problems& problems);

/// The dotted path of `name` under `key`. A name that does not look like a key stands in quotes.
std::string dotted(std::string_view key, std::string_view name);

/// Complains of each key that a map holds more than once.
void expect_distinct_keys(const YamlNode& map, std::string_view key, Problems& problems);

/// The elements of a list of non-empty scalars; complains of all others.
std::vector<std::string> read_texts(const YamlNode& node, std::string_view key,
                                    std::string_view expected, Problems& problems);

/// Reads a map strictly. Each method takes one key: where it is absent the output keeps its value,
/// where it is wrong there is a complaint and the output keeps its value too. The keys asked for
/// are the keys known to finish(). Everything passed in must outlive the reader.
class MapReader {
 public:
  /// `key` is the dotted path of the map, empty for the document. Anything else than a map is
  /// complained of here, and then reads as empty.
  MapReader(const YamlNode& node, std::string key, Problems& problems);

  /// The value of a key, for a caller that reads it itself. nullptr: absent.
  const YamlNode* find(std::string_view name);

  void flag(std::string_view name, bool& out);
  void count(std::string_view name, std::size_t& out, std::size_t min, std::size_t max);
  void number(std::string_view name, double& out, double min, double max);
  void size(std::string_view name, std::uint64_t& out);
  void duration(std::string_view name, double& out, double min_s, double max_s);
  /// Also reads `none`, which takes a value away.
  void duration_or_none(std::string_view name, std::optional<double>& out, double min_s,
                        double max_s);
  void text(std::string_view name, std::string& out, std::string_view expected);
  /// A text that can be a label: see is_name.
  void name(std::string_view name, std::string& out);

  /// Complains of keys that nobody asked for, and of keys given twice.
  void finish();

 private:
  void complain_of(const YamlNode& node, std::string_view name, std::string_view expected);
  void complain_of_word(const YamlNode& node, std::string_view name, std::string expected);

  const YamlNode& node_;
  std::string key_;
  Problems& problems_;
  std::vector<std::string> known_;
};

}  // namespace litewatch
