#include "models/detail/state.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <sstream>

#include <fmt/ranges.h>
#include <torch/csrc/jit/api/module.h>
#include <torch/csrc/jit/serialization/import.h>
#include <torch/csrc/jit/serialization/pickle.h>

#include "models/detail/exception_text.hpp"

namespace rhizome::models::detail {

namespace {

using state_dict = std::map<std::string, at::Tensor>;

state_dict state_of(const torch::jit::Module& module) {
  state_dict state;
  for (const auto& parameter : module.named_parameters())
    state.emplace(parameter.name, parameter.value);
  for (const auto& buffer : module.named_buffers())
    state.emplace(buffer.name, buffer.value);
  return state;
}

/// Nothing unless all keys are texts and all values tensors.
std::optional<state_dict> state_of(const c10::IValue& unpickled) {
  if (!unpickled.isGenericDict())
    return std::nullopt;
  state_dict state;
  for (const auto& entry : unpickled.toGenericDict()) {
    if (!entry.key().isString() || !entry.value().isTensor())
      return std::nullopt;
    state.emplace(entry.key().toStringRef(), entry.value().toTensor());
  }
  return state;
}

result<state_dict> unpickle(const std::string& content, std::string_view name) {
  try {
    if (auto state = state_of(torch::jit::pickle_load({content.begin(), content.end()})))
      return std::move(*state);
  } catch (const std::exception&) {
    // An OrderedDict, an older format or something else altogether: the sentence below says what is read.
  }
  return fail(error_kind::bad_data,
              "{} holds no parameters that can be read. Expected model.pt of a run, a TorchScript file, or a plain "
              "dictionary of tensors from Python: torch.save(dict(module.state_dict()), \"{}\").",
              name, name);
}

result<state_dict> parse(const std::string& content, std::string_view name) {
  try {
    std::istringstream stream(content);
    return state_of(torch::jit::load(stream, at::kCPU));
  } catch (const std::exception&) { // it is no TorchScript archive
    return unpickle(content, name);
  }
}

std::string shape_text(at::IntArrayRef shape) {
  return fmt::format("[{}]", fmt::join(shape.vec(), ", "));
}

/// What differs between the file and the model, in the model's order.
std::vector<std::string> differences(const state_dict& state, const learning::vector_layout& layout) {
  std::vector<std::string> found;
  std::set<std::string> names;
  for (const auto& tensor : layout.tensors) {
    names.insert(tensor.name);
    const auto entry = state.find(tensor.name);
    if (entry == state.end())
      found.push_back(fmt::format("{} is missing", tensor.name));
    else if (entry->second.sizes() != at::IntArrayRef(tensor.shape))
      found.push_back(fmt::format("{} has the shape {} in place of {}", tensor.name, shape_text(entry->second.sizes()),
                                  shape_text(tensor.shape)));
    else if (!entry->second.is_floating_point())
      found.push_back(fmt::format("{} holds no real numbers", tensor.name));
  }
  // Counters, such as BatchNorm's, are no part of a vector.
  for (const auto& [name, tensor] : state)
    if (tensor.is_floating_point() && !names.contains(name))
      found.push_back(fmt::format("{} is unknown to the model", name));
  return found;
}

} // namespace

result<std::vector<float>> read_state(const std::string& content, std::string_view name,
                                      const learning::vector_layout& layout) {
  const auto state = parse(content, name);
  if (!state)
    return fail(state);
  if (const auto found = differences(*state, layout); !found.empty())
    return fail(error_kind::bad_data, "the parameters in {} are not those of the model: {}.", name,
                fmt::join(found, "; "));
  std::vector<float> values(layout.size());
  for (const auto& tensor : layout.tensors) {
    const at::Tensor from = state->at(tensor.name).detach().to(at::kCPU, at::kFloat).contiguous();
    std::copy_n(from.data_ptr<float>(), from.numel(), values.begin() + static_cast<std::ptrdiff_t>(tensor.offset));
  }
  return values;
}

} // namespace rhizome::models::detail
