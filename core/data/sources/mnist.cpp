#include "core/data/source.hpp"
#include "core/data/sources/idx.hpp"

namespace rhizome::data::sources {

namespace {

result<dataset> load_mnist(const load_request& request) {
  auto set = load_idx(request.path, 10);
  if (set) { // of the 60,000 training images
    set->mean = {0.1307F};
    set->deviation = {0.3081F};
  }
  return set;
}

} // namespace

source mnist() {
  return {.variant = {"mnist", "60,000 + 10,000 grey images 28x28 of digits, 10 classes (LeCun et al. 1998); IDX "
                               "files, plain or .gz, in data.path."},
          .load = load_mnist,
          .how_to_get =
              "Download train-images-idx3-ubyte.gz, train-labels-idx1-ubyte.gz, t10k-images-idx3-ubyte.gz and "
              "t10k-labels-idx1-ubyte.gz from https://ossci-datasets.s3.amazonaws.com/mnist/ into one "
              "directory and name it in data.path."};
}

} // namespace rhizome::data::sources
