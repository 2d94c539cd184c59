#include "actors/host_figures.hpp"

#include <cstdlib>
#include <fstream>

#include <unistd.h>

namespace rhizome::actors {

std::uint64_t resident_memory() {
  std::uint64_t all_pages = 0;
  std::uint64_t resident_pages = 0;
  if (!(std::ifstream("/proc/self/statm") >> all_pages >> resident_pages))
    return 0;
  return resident_pages * static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
}

double load_average() {
  double minute = 0;
  return getloadavg(&minute, 1) == 1 ? minute : 0;
}

} // namespace rhizome::actors
