#include "models/detail/save.hpp"

#include <map>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include <ATen/Functions.h>
#include <torch/csrc/jit/api/module.h>

#include "models/detail/exception_text.hpp"

namespace rhizome::models::detail {

namespace {

/// The modules of a state dict: "conv1.weight" is the tensor "weight" of the submodule "conv1" of the root.
class module_tree {
public:
  void add(std::string_view name, const at::Tensor& tensor, bool buffer) {
    const auto dot = name.rfind('.');
    if (dot == std::string_view::npos)
      root_.register_parameter(std::string(name), tensor, buffer);
    else
      module(std::string(name.substr(0, dot))).register_parameter(std::string(name.substr(dot + 1)), tensor, buffer);
  }

  void write(const std::filesystem::path& file) const { root_.save(file.string()); }

private:
  torch::jit::Module& module(const std::string& path) {
    if (const auto found = modules_.find(path); found != modules_.end())
      return found->second;
    const auto dot = path.rfind('.');
    auto& parent = dot == std::string::npos ? root_ : module(path.substr(0, dot));
    torch::jit::Module made("__torch__.model." + path, root_._ivalue()->compilation_unit());
    parent.register_module(dot == std::string::npos ? path : path.substr(dot + 1), made);
    return modules_.emplace(path, made).first->second;
  }

  torch::jit::Module root_{"__torch__.model"};
  std::map<std::string, torch::jit::Module> modules_;
};

} // namespace

result<void> save_vector(const learning::vector_layout& layout, std::span<const float> values,
                         const std::filesystem::path& file) {
  auto unfinished = file;
  unfinished += ".part";
  try {
    module_tree tree;
    for (const auto& tensor : layout.tensors) {
      // The archive shares storages: each tensor gets its own.
      at::Tensor copy = at::empty(tensor.shape, at::kFloat);
      std::copy_n(values.begin() + static_cast<std::ptrdiff_t>(tensor.offset), copy.numel(), copy.data_ptr<float>());
      tree.add(tensor.name, copy, tensor.buffer);
    }
    tree.write(unfinished);
    std::filesystem::rename(unfinished, file);
  } catch (const std::exception& problem) {
    std::error_code ignored;
    std::filesystem::remove(unfinished, ignored);
    return fail(error_kind::failed, "cannot write the model to {}: {}", file.string(), reason_of(problem));
  }
  return {};
}

} // namespace rhizome::models::detail
