#pragma once

#include <string_view>

#include "base/result.h"
#include "probe/cel/ast.h"

namespace litewatch::cel {

/// Reads an expression over the variable `body`. Errors as those of CelProgram::compile.
Result<NodePtr> parse(std::string_view expression);

}  // namespace litewatch::cel
