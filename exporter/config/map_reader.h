#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
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
/// The same where a text that stands there instead may be a secret: it is not shown.
bool expect_secret_list(const YamlNode& node, std::string_view key, Problems& problems);
bool expect_secret_map(const YamlNode& node, std::string_view key, Problems& problems);

/// The dotted path of `name` under `key`. A name that does not look like a key stands in quotes.
std::string dotted(std::string_view key, std::string_view name);

/// Complains of each key that a map holds more than once.
void expect_distinct_keys(const YamlNode& map, std::string_view key, Problems& problems);

/// "KEY[i]": how an element of a list is called.
std::string element(std::string_view key, std::size_t i);

/// What is wrong with a text, as a short clause; empty where nothing is. See probe/validate.h.
using Check = std::string (*)(std::string_view text);

/// The elements of a list of non-empty scalars that pass `check`, where there is one; complains of
/// all others.
std::vector<std::string> read_texts(const YamlNode& node, std::string_view key,
                                    std::string_view expected, Problems& problems,
                                    Check check = nullptr);

/// The words of a configuration for the values of an enumeration or the like.
template <class T>
using Words = std::span<const std::pair<std::string_view, T>>;

/// The word of a value. REQUIRES: it has one.
template <class T, std::size_t kSize>
std::string_view word_of(const std::array<std::pair<std::string_view, T>, kSize>& words, T value) {
  std::size_t i = 0;
  while (words[i].second != value) ++i;
  return words[i].first;
}

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
  /// The same; complains where it is absent.
  const YamlNode* require(std::string_view name, std::string_view expected);

  /// Calls `read(element, key)` for each element of a list. An empty value is an empty list.
  template <class Read>
  void each(std::string_view name, Read read) {
    const YamlNode* list = find(name);
    if (list == nullptr || list->kind == YamlNode::Kind::kNothing) return;
    const std::string key = key_of(name);
    if (!expect_list(*list, key, problems_)) return;
    for (std::size_t i = 0; i < list->children.size(); ++i) {
      read(list->children[i], element(key, i));
    }
  }

  void flag(std::string_view name, bool& out);
  void count(std::string_view name, std::size_t& out, std::size_t min, std::size_t max);
  void number(std::string_view name, double& out, double min, double max);
  void size(std::string_view name, std::uint64_t& out);
  void size(std::string_view name, std::optional<std::uint64_t>& out, std::uint64_t max);
  void duration(std::string_view name, double& out, double min_s, double max_s);
  /// Also reads `none`, which takes a value away.
  void duration_or_none(std::string_view name, std::optional<double>& out, double min_s,
                        double max_s);
  void duration(std::string_view name, std::optional<double>& out, double min_s, double max_s);
  void text(std::string_view name, std::string& out, std::string_view expected);
  /// A non-empty text that `check` finds nothing wrong with.
  void text(std::string_view name, std::string& out, std::string_view expected, Check check);
  void texts(std::string_view name, std::vector<std::string>& out, std::string_view expected,
             Check check = nullptr);
  /// A path; a relative one starts at `folder`.
  void path(std::string_view name, std::string& out, const std::filesystem::path& folder);
  template <class T>
  void word(std::string_view name, Words<T> words, T& out) {
    std::vector<std::string_view> texts;
    for (const auto& row : words) texts.push_back(row.first);
    if (const auto found = find_word(name, texts)) out = words[*found].second;
  }
  /// A text that can be a label: see is_name.
  void name(std::string_view name, std::string& out);

  /// Complains of a key where it stands, without showing its value: it is known, but not allowed.
  /// Returns whether it stands there.
  bool refuse(std::string_view name, std::string_view expected, std::string_view got);

  /// Complains of the value of a key; where the key is absent, of the map.
  void complain_at(std::string_view name, std::string_view expected, std::string_view got);

  /// The dotted path of a key of this map.
  std::string key_of(std::string_view name) const { return dotted(key_, name); }

  /// Complains of keys that nobody asked for, and of keys given twice.
  void finish();

 private:
  const YamlNode* child(std::string_view name) const;
  std::optional<std::size_t> find_word(std::string_view name,
                                       std::span<const std::string_view> words);
  void complain_of(const YamlNode& node, std::string_view name, std::string_view expected);
  void complain_of_word(const YamlNode& node, std::string_view name, std::string expected);

  const YamlNode& node_;
  std::string key_;
  Problems& problems_;
  std::vector<std::string> known_;
  std::vector<std::string> refused_;
};

}  // namespace litewatch
