#include "probe/cel/names.h"

#include <algorithm>
#include <array>

namespace litewatch::cel {
namespace {

struct MacroRow {
  std::string_view name;
  Macro macro;
};
constexpr std::array kMacros = {
    MacroRow{"all", Macro::kAll},
    MacroRow{"exists", Macro::kExists},
    MacroRow{"exists_one", Macro::kExistsOne},
    MacroRow{"existsOne", Macro::kExistsOne},
    MacroRow{"filter", Macro::kFilter},
    MacroRow{"map", Macro::kMap},
};

// langdef.md, "Syntax".
constexpr std::string_view kKeywords[] = {"false", "in", "null", "true"};
constexpr std::string_view kReserved[] = {
    "as",  "break", "const",   "continue",  "else",   "for", "function", "if",   "import",
    "let", "loop",  "package", "namespace", "return", "var", "void",     "while"};

/// Functions of CEL that are left out: worth a clearer word than "unknown".
constexpr std::string_view kLeftOut[] = {
    "bytes",        "timestamp",    "duration",    "getDate",  "getDayOfMonth",
    "getDayOfWeek", "getDayOfYear", "getFullYear", "getHours", "getMilliseconds",
    "getMinutes",   "getMonth",     "getSeconds"};

template <class List>
bool is_in(std::string_view word, const List& list) {
  return std::find(std::begin(list), std::end(list), word) != std::end(list);
}

bool is_called(const FunctionRow& row, bool member) {
  return (member ? row.member_arguments : row.arguments) >= 0;
}

}  // namespace

bool is_keyword(std::string_view word) { return is_in(word, kKeywords); }
bool is_reserved(std::string_view word) { return is_in(word, kReserved); }

std::optional<Macro> find_macro(std::string_view name) {
  for (const MacroRow& row : kMacros) {
    if (row.name == name) return row.macro;
  }
  return std::nullopt;
}

const FunctionRow* find_function(std::string_view name, bool member) {
  for (const FunctionRow& row : functions()) {
    if (row.name == name && is_called(row, member)) return &row;
  }
  return nullptr;
}

std::string unknown_function(const std::string& name, bool member) {
  if (is_in(name, kLeftOut)) return name + "() is not supported";
  if (find_function(name, !member) != nullptr) {
    return name + "() is called as " + (member ? name + "(value)" : "value." + name + "(...)");
  }
  std::string known;
  for (const FunctionRow& row : functions()) {
    if (is_called(row, member)) known += (known.empty() ? "" : ", ") + std::string(row.name);
  }
  return "unknown function " + name + "(); there are " + known;
}

std::optional<Type> find_type(std::string_view name) {
  for (int i = 0; i <= static_cast<int>(Type::kType); ++i) {
    const auto type = static_cast<Type>(i);
    if (type_name(type) == name) return type;
  }
  return std::nullopt;
}

}  // namespace litewatch::cel
