#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "probe/cel/functions.h"
#include "probe/cel/value.h"
#include "probe/pattern.h"

namespace litewatch::cel {

struct Node;
using NodePtr = std::unique_ptr<Node>;

enum class NodeKind : std::uint8_t {
  kLiteral,   ///< `value`
  kVariable,  ///< `slot`
  kSelect,    ///< children[0].name
  kHas,       ///< has(children[0].name)
  kCall,      ///< `function` of the children
  kList,      ///< of the children
  kMap,       ///< keys and values in turn
  kAnd,       ///< of two or more children
  kOr,
  kConditional,  ///< children[0] ? children[1] : children[2]
  kMacro,        ///< children[0].macro(slot, children[1], ...)
};

enum class Macro : std::uint8_t { kAll, kExists, kExistsOne, kFilter, kMap };

/// One node of an expression's tree. Immutable once parsed.
struct Node {
  NodeKind kind = NodeKind::kLiteral;
  std::size_t at = 0;  ///< offset into the expression
  int depth = 1;       ///< of the tree below, this node included
  Value value;
  std::string name;
  std::size_t slot = 0;  ///< of a variable: 0 is `body`, then those of macros from the outside in
  Function function = Function::kSize;
  Macro macro = Macro::kAll;
  std::optional<Pattern> pattern;  ///< of matches() with a constant expression
  std::vector<NodePtr> children;
};

}  // namespace litewatch::cel
