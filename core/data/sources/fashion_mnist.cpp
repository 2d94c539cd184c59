#include "core/data/source.hpp"
#include "core/data/sources/idx.hpp"

namespace rhizome::data::sources {

namespace {

result<dataset> load_fashion_mnist(const load_request& request) {
  auto set = load_idx(request.path, 10);
  if (set) { // of the 60,000 training images
    set->mean = {0.2860F};
    set->deviation = {0.3530F};
  }
  return set;
}

} // namespace

source fashion_mnist() {
  return {.variant = {"fashion-mnist", "60,000 + 10,000 grey images 28x28 of clothes, 10 classes (Xiao et al. 2017); "
                                       "IDX files, plain or .gz."},
          .load = load_fashion_mnist,
          .default_path = "/usr/share/datasets/fashion-mnist",
          .how_to_get = "Fashion-MNIST comes with Debian's package: apt install dataset-fashion-mnist; files elsewhere "
                        "are named by data.path."};
}

} // namespace rhizome::data::sources
