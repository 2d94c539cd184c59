#include "core/data/source.hpp"
#include "core/data/sources/idx.hpp"

namespace rhizome::data::sources {

namespace {

/// Mean and deviation of the 60,000 training images of a data set in MNIST's files.
struct normalisation {
  float mean;
  float deviation;
};
constexpr normalisation clothes{0.2860F, 0.3530F};
constexpr normalisation digits{0.1307F, 0.3081F};

template <const normalisation& Images>
result<dataset> load(const load_request& request) {
  auto set = load_idx(request.path, 10);
  if (set) {
    set->mean = {Images.mean};
    set->deviation = {Images.deviation};
  }
  return set;
}

} // namespace

source fashion_mnist() {
  return {.variant = {"fashion-mnist", "60,000 + 10,000 grey images 28x28 of clothes, 10 classes (Xiao et al. 2017); "
                                       "IDX files, plain or .gz."},
          .load = load<clothes>,
          .default_path = "/usr/share/datasets/fashion-mnist",
          .how_to_get = "Fashion-MNIST comes with Debian's package: apt install dataset-fashion-mnist; files elsewhere "
                        "are named by data.path."};
}

source mnist() {
  return {.variant = {"mnist", "60,000 + 10,000 grey images 28x28 of digits, 10 classes (LeCun et al. 1998); IDX "
                               "files, plain or .gz, in data.path."},
          .load = load<digits>,
          .how_to_get =
              "Download train-images-idx3-ubyte.gz, train-labels-idx1-ubyte.gz, t10k-images-idx3-ubyte.gz and "
              "t10k-labels-idx1-ubyte.gz from https://ossci-datasets.s3.amazonaws.com/mnist/ into one "
              "directory and name it in data.path."};
}

} // namespace rhizome::data::sources
