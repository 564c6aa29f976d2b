#include "probe/cel/functions.h"

#include <string.h>  // memmem

#include <array>
#include <string>

#include "probe/cel/cel.h"

namespace litewatch::cel {
namespace {

constexpr std::array kFunctions = {
    FunctionRow{"size", Function::kSize, 1, 0},
    FunctionRow{"contains", Function::kContains, -1, 1},
    FunctionRow{"startsWith", Function::kStartsWith, -1, 1},
    FunctionRow{"endsWith", Function::kEndsWith, -1, 1},
    FunctionRow{"matches", Function::kMatches, 2, 1},
    FunctionRow{"int", Function::kInt, 1, -1},
    FunctionRow{"uint", Function::kUint, 1, -1},
    FunctionRow{"double", Function::kDouble, 1, -1},
    FunctionRow{"string", Function::kString, 1, -1},
    FunctionRow{"bool", Function::kBool, 1, -1},
    FunctionRow{"type", Function::kType, 1, -1},
    FunctionRow{"dyn", Function::kDyn, 1, -1},
};

Result<Value> size_of(std::span<const Value> arguments, Budget& budget) {
  const Value& value = arguments[0];
  std::size_t size = 0;
  if (value.is(Type::kString)) {
    if (!budget.take_read(value.as_string().size())) return out_of_steps();
    size = code_points(value.as_string());
  } else if (value.is(Type::kList)) {
    size = value.as_list().size();
  } else if (value.is(Type::kMap)) {
    size = value.as_map().entries().size();
  } else {
    return no_overload("size", arguments);
  }
  return Value(static_cast<std::int64_t>(size));
}

Result<Value> matches(const std::string& text, const std::string& regexp, Budget& budget) {
  const auto pattern = Pattern::compile(regexp);
  if (!pattern) return evaluation_error("matches(): " + pattern.error().what);
  // Compiling has its price, too: some 0.7 us an instruction.
  constexpr std::size_t kCompileSteps = 100;
  if (!budget.take(kCompileSteps + pattern->size())) return out_of_steps();
  return search(*pattern, text, budget);
}

/// Linear in both, which std::string::find is not.
bool contains(const std::string& text, const std::string& part) {
  return ::memmem(text.data(), text.size(), part.data(), part.size()) != nullptr;
}

Result<Value> test_text(Function function, std::span<const Value> arguments, Budget& budget) {
  const std::string_view name =
      kFunctions[static_cast<std::size_t>(function) - static_cast<std::size_t>(Function::kSize)]
          .name;
  if (!arguments[0].is(Type::kString) || !arguments[1].is(Type::kString)) {
    return no_overload(name, arguments);
  }
  const std::string& text = arguments[0].as_string();
  const std::string& part = arguments[1].as_string();
  switch (function) {
    case Function::kContains:
      if (!budget.take_searched(text.size() + part.size())) return out_of_steps();
      return Value(contains(text, part));
    case Function::kMatches:
      return matches(text, part, budget);
    default:
      if (!budget.take_read(part.size())) return out_of_steps();
      return Value(function == Function::kStartsWith ? text.starts_with(part)
                                                     : text.ends_with(part));
  }
}

std::string mend_of(std::span<const Value> arguments) {
  if (arguments.size() != 2 || !arguments[0].is_number() || !arguments[1].is_number()) return "";
  if (arguments[0].type() == arguments[1].type()) return "";
  return "; JSON numbers are doubles: write 1.0, or convert with int() or double()";
}

}  // namespace

std::span<const FunctionRow> functions() { return kFunctions; }

Result<Value> search(const Pattern& pattern, const std::string& text, Budget& budget) {
  if (!budget.take_read(text.size() * pattern.size())) return out_of_steps();
  return Value(pattern.found_in(text));
}

Error evaluation_error(std::string what) {
  return {ErrorKind::kUnsupported, std::move(what), "", 0};
}

Error out_of_steps() {
  return evaluation_error("the expression takes more than " +
                          std::to_string(CelProgram::kMaxSteps) + " steps");
}

Error no_overload(std::string_view name, std::span<const Value> arguments) {
  const bool is_operator = name.find_first_not_of("!-+*/%<>=in[]") == std::string_view::npos;
  std::string what = "no such overload: ";
  if (is_operator && arguments.size() == 2) {
    what += std::string(type_name(arguments[0].type())) + " " + std::string(name) + " " +
            std::string(type_name(arguments[1].type()));
    return evaluation_error(what + mend_of(arguments));
  }
  what += std::string(name) + "(";
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    what += (i == 0 ? "" : ", ") + std::string(type_name(arguments[i].type()));
  }
  return evaluation_error(what + ")");
}

Result<Value> call(Function function, std::span<const Value> arguments, Budget& budget) {
  switch (function) {
    case Function::kSize:
      return size_of(arguments, budget);
    case Function::kContains:
    case Function::kStartsWith:
    case Function::kEndsWith:
    case Function::kMatches:
      return test_text(function, arguments, budget);
    case Function::kInt:
    case Function::kUint:
    case Function::kDouble:
    case Function::kString:
    case Function::kBool:
      return convert(function, arguments[0], budget);
    case Function::kType:
      return Value(arguments[0].type());
    case Function::kDyn:
      return arguments[0];
    default:
      return call_operator(function, arguments, budget);
  }
}

}  // namespace litewatch::cel
