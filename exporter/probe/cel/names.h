#pragma once

#include <string>
#include <string_view>

#include "probe/cel/ast.h"

namespace litewatch::cel {

/// "false", "in", "null", "true": never a name.
bool is_keyword(std::string_view word);
/// Kept free for languages that CEL is embedded in: the name of a field at most.
bool is_reserved(std::string_view word);

/// nullopt where there is no such macro.
std::optional<Macro> find_macro(std::string_view name);
/// As called: value.name(...) for `member`, else name(...). nullptr where it is not.
const FunctionRow* find_function(std::string_view name, bool member);
/// What to say where there is none.
std::string unknown_function(const std::string& name, bool member);

/// "int", "map", ...: the names of types are values.
std::optional<Type> find_type(std::string_view name);

}  // namespace litewatch::cel
