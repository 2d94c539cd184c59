#include <mutex>
#include <sstream>
#include <string>

#include <ATen/CPUGeneratorImpl.h>
#include <ATen/Functions.h>
#include <fmt/ranges.h>
#include <torch/csrc/jit/runtime/graph_executor.h>
#include <torch/csrc/jit/serialization/import.h>

#include "models/detail/exception_text.hpp"
#include "models/detail/random_operators.hpp"
#include "models/detail/registry.hpp"
#include "models/detail/scripted_network.hpp"
#include "models/process_setup.hpp"

namespace rhizome::models::zoo {

namespace {

/// Enough for layers that normalise over a batch, and to tell samples from outputs.
constexpr std::int64_t trial_samples = 2;

result<torch::jit::Module> parse(const std::string& content, const std::string& path) {
  torch::jit::getProfilingMode() = false;
  torch::jit::getExecutorMode() = false;
  try {
    std::istringstream stream(content);
    return torch::jit::load(stream, at::kCPU);
  } catch (const std::exception& problem) {
    return fail(error_kind::bad_data,
                "{} is no TorchScript file: {}. Python writes one by torch.jit.script(module).save(\"{}\").", path,
                detail::reason_of(problem), path);
  }
}

/// An error unless it is a method forward of one argument without anything that two runs could do differently.
result<void> check_code(const torch::jit::Module& module, const std::string& path) {
  const auto method = module.find_method("forward");
  if (!method)
    return fail(error_kind::bad_data,
                "{} has no method forward: it holds parameters without code. Name a file written by "
                "torch.jit.script(module).save(...) here, and this one as model.initial.",
                path);
  const auto& arguments = method->function().getSchema().arguments();
  std::size_t needed = 0;
  for (const auto& argument : arguments)
    needed += argument.default_value() ? 0 : 1;
  if (needed > 2 || arguments.size() < 2) // itself and the batch
    return fail(error_kind::bad_data, "forward of {} takes {} arguments; expected one, the batch.", path,
                arguments.size() - 1);
  const auto findings = detail::inspect(*method->graph());
  if (!findings.random.empty())
    return fail(error_kind::bad_data,
                "{} draws random numbers in training mode ({}) from LibTorch's generator, so that no two runs would "
                "agree. Take that layer out, or set its probability to 0.",
                path, fmt::join(findings.random, ", "));
  if (!findings.assigned.empty())
    return fail(error_kind::bad_data,
                "{} assigns to attributes in forward ({}), so that a step would depend on the ones before, of whatever "
                "node. Make them buffers that are changed in place.",
                path, fmt::join(findings.assigned, ", "));
  if (findings.forks)
    return fail(error_kind::bad_data, "{} starts threads of its own (torch.jit.fork); take that out.", path);
  return {};
}

result<void> check_parameters(const torch::jit::Module& module, const std::string& path) {
  bool trainable = false;
  for (const auto& parameter : module.named_parameters()) {
    trainable = trainable || parameter.value.requires_grad();
    if (parameter.value.scalar_type() != at::kFloat)
      return fail(error_kind::bad_data, "the parameter {} of {} is of type {}; expected Float, that is 32 bits.",
                  parameter.name, path, c10::toString(parameter.value.scalar_type()));
  }
  if (!trainable)
    return fail(error_kind::bad_data, "{} has no parameters to train.", path);
  return {};
}

result<void> check_outputs(const at::Tensor& outputs, const detail::model_input& input, const std::string& path) {
  const bool right_shape = outputs.sizes() == at::IntArrayRef({trial_samples, input.outputs}) ||
                           (!input.classification && outputs.sizes() == at::IntArrayRef({trial_samples}));
  if (!right_shape)
    return fail(error_kind::bad_data,
                "{} gives outputs of the shape [{}] for {} samples; expected [{}, {}], since the data set {}.", path,
                fmt::join(outputs.sizes().vec(), ", "), trial_samples, trial_samples, input.outputs,
                input.classification ? fmt::format("has {} classes", input.outputs) : "is for regression");
  if (outputs.scalar_type() != at::kFloat)
    return fail(error_kind::bad_data, "{} gives outputs of type {}; expected Float, that is 32 bits.", path,
                c10::toString(outputs.scalar_type()));
  if (!outputs.requires_grad())
    return fail(error_kind::bad_data, "the outputs of {} do not depend on its parameters by a gradient.", path);
  return {};
}

/// One step on two samples of zeros. It spoils the module: its buffers move on.
result<void> try_out(torch::jit::Module module, const detail::model_input& input, const std::string& path) {
  prepare_thread(); // so that it starts no others
  const auto findings = detail::inspect(*module.get_method("forward").graph());
  std::vector<std::int64_t> shape{trial_samples};
  shape.insert(shape.end(), input.shape.begin(), input.shape.end());
  auto generator = at::detail::getDefaultCPUGenerator();
  const auto numbers = [&generator] {
    const std::scoped_lock lock(generator.mutex());
    return generator.get_state();
  };
  const at::Tensor before = numbers();
  try {
    detail::scripted_network net(std::move(module));
    const at::Tensor outputs = net.forward(at::zeros(shape, at::kFloat));
    if (auto checked = check_outputs(outputs, input, path); !checked)
      return checked;
    outputs.sum().backward();
  } catch (const std::exception& problem) {
    return fail(error_kind::bad_data, "{} cannot be trained on samples of the shape [{}]: {}.", path,
                fmt::join(input.shape, ", "), detail::reason_of(problem));
  }
  if (!numbers().equal(before))
    return fail(
        error_kind::bad_data,
        "{} draws random numbers in training mode{} from LibTorch's generator, so that no two runs would "
        "agree. Take that layer out, or set its probability to 0.",
        path, findings.possibly_random.empty() ? "" : fmt::format(" ({})", fmt::join(findings.possibly_random, ", ")));
  return {};
}

result<std::shared_ptr<detail::network>> build_scripted(const config::section& model, const detail::model_input& input,
                                                        const std::shared_ptr<detail::step_random>&) {
  const auto& path = model.text("path");
  const auto trial = parse(*input.file, path);
  if (!trial)
    return fail(trial);
  if (auto code = check_code(*trial, path); !code)
    return fail(code);
  if (auto parameters = check_parameters(*trial, path); !parameters)
    return fail(parameters);
  if (auto tried = try_out(*trial, input, path); !tried)
    return fail(tried);
  return std::make_shared<detail::scripted_network>(parse(*input.file, path).value());
}

} // namespace

detail::model_kind torchscript() {
  return {.variant = {.name = "torchscript",
                      .sentence = "Any module that Python's torch has written as TorchScript; all nodes begin with the "
                                  "parameters in the file.",
                      .keys = {{.name = "path",
                                .default_value = std::string(),
                                .sentence = "The TorchScript file; a relative path starts at the current directory. "
                                            "Every host of a run needs it."}}},
          .build = build_scripted,
          .takes = {detail::sample_kind::numbers, detail::sample_kind::tokens, detail::sample_kind::categories}};
}

} // namespace rhizome::models::zoo
