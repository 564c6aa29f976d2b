#include "probe/cel/cel.h"

#include "probe/cel/eval.h"
#include "probe/cel/parser.h"

namespace litewatch {

struct CelProgram::Compiled {
  cel::NodePtr root;
};

Result<CelProgram> CelProgram::compile(std::string_view expression) {
  auto root = cel::parse(expression);
  if (!root) return root.error();
  CelProgram program;
  program.compiled_ = std::make_shared<const Compiled>(Compiled{std::move(*root)});
  return program;
}

Result<bool> CelProgram::evaluate(std::string_view json) const {
  auto body = cel::parse_json(json);
  if (!body) return body.error();
  const auto value = cel::Evaluation(std::move(*body), kMaxSteps).evaluate(*compiled_->root);
  if (!value) return value.error();
  if (!value->is(cel::Type::kBool)) {
    return cel::evaluation_error("the expression is a " + std::string(type_name(value->type())) +
                                 ", not a bool");
  }
  return value->as_bool();
}

}  // namespace litewatch
