#include <algorithm>
#include <string>

#include "core/data/source.hpp"
#include "core/data/sources/npy_array.hpp"
#include "core/data/standardise.hpp"

namespace rhizome::data::sources {

namespace {

constexpr std::int64_t most_classes = 65'536;

/// The shape of one sample: a picture without channels gets one.
result<std::vector<std::int64_t>> sample_shape(const npy_array& array) {
  const auto& extents = array.shape();
  if (extents.size() < 2 || extents.size() > 4)
    return fail(error_kind::bad_data,
                "{} has the shape ({}), expected (samples, features), (samples, height, width) or (samples, channels, "
                "height, width).",
                array.path().string(), fmt::join(extents, ", "));
  std::vector<std::int64_t> shape(extents.begin() + 1, extents.end());
  if (shape.size() == 2)
    shape.insert(shape.begin(), 1);
  return shape;
}

/// Features; `shape` is set by the first file and has to be the same in the second.
result<void> read_features(const std::filesystem::path& file, dataset& set, samples& into) {
  auto array = npy_array::open(file);
  if (!array)
    return fail(array);
  auto shape = sample_shape(*array);
  if (!shape)
    return fail(shape);
  const bool bytes = array->type() == "u1";
  const bool first = &into == &set.train;
  if (!first && (*shape != set.shape || bytes != (set.train.features.index() == 0)))
    return fail(error_kind::bad_data,
                "{} has samples of shape ({}) and type {}, but the training samples have shape ({}) and type {}.",
                array->path().string(), fmt::join(*shape, ", "), array->type(), fmt::join(set.shape, ", "),
                set.train.features.index() == 0 ? "u1" : "a wider one");
  set.shape = std::move(*shape);
  into.count = array->shape().front();
  if (bytes) {
    auto values = array->read_bytes();
    if (!values)
      return fail(values);
    into.features = std::move(*values);
    return {};
  }
  auto values = array->read_floats();
  if (!values)
    return fail(values);
  into.features = std::move(*values);
  return {};
}

result<void> read_labels(npy_array& array, samples& into) {
  const auto raw = array.read_integers();
  if (!raw)
    return fail(error_kind::bad_data, "{} For real-valued targets set data.task = \"regression\".",
                raw.error().message);
  const auto wrong = std::ranges::find_if(*raw, [](std::int64_t y) { return y < 0 || y >= most_classes; });
  if (wrong != raw->end())
    return fail(error_kind::bad_data, "{}: the label of sample {} is {}, expected 0 to {}.", array.path().string(),
                wrong - raw->begin(), *wrong, most_classes - 1);
  into.labels.assign(raw->begin(), raw->end());
  return {};
}

result<void> read_targets(const std::filesystem::path& file, task kind, samples& into) {
  auto array = npy_array::open(file);
  if (!array)
    return fail(array);
  const auto& shape = array->shape();
  if (shape.front() != into.count || shape.size() > 2 || (shape.size() == 2 && shape[1] != 1))
    return fail(error_kind::bad_data, "{} has the shape ({}), expected ({}): one target for each sample.",
                array->path().string(), fmt::join(shape, ", "), into.count);
  if (kind == task::classification)
    return read_labels(*array, into);
  auto values = array->read_floats();
  if (!values)
    return fail(values);
  into.targets = std::move(*values);
  return {};
}

result<dataset> load_npy(const load_request& request) {
  dataset set;
  set.kind = request.keys.text("task") == "regression" ? task::regression : task::classification;
  for (const std::string part : {"train", "test"}) {
    auto& into = part == "train" ? set.train : set.test;
    if (auto good = read_features(request.path / ("x_" + part + ".npy"), set, into); !good)
      return fail(good);
    if (auto good = read_targets(request.path / ("y_" + part + ".npy"), set.kind, into); !good)
      return fail(good);
    for (const auto label : into.labels)
      set.classes = std::max<std::int64_t>(set.classes, label + 1);
  }
  if (set.train.features.index() == 0)
    set.scale = 1.0F / 255;
  if (request.keys.boolean("standardise"))
    standardise(set);
  return set;
}

} // namespace

source npy() {
  return {.variant = {"npy",
                      "Your own NumPy arrays x_train.npy, y_train.npy, x_test.npy and y_test.npy in data.path: samples "
                      "first, bytes are divided by 255.",
                      {{.name = "task",
                        .default_value = std::string("classification"),
                        .sentence = "Whether y holds class labels (integers from 0) or real numbers.",
                        .choices = {"classification", "regression"}},
                       {.name = "standardise",
                        .default_value = true,
                        .sentence = "Scale each channel (or feature of a flat sample) to mean 0 and deviation 1 over "
                                    "the training samples."}}},
          .load = load_npy,
          .how_to_get = "Save the four arrays with numpy.save into one directory and name it in data.path."};
}

} // namespace rhizome::data::sources
