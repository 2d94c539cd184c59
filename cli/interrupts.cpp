#include "cli/interrupts.hpp"

namespace rhizome::cli {

namespace {

volatile std::sig_atomic_t interrupts = 0;

extern "C" void count_interrupt(int) {
  interrupts = interrupts + 1;
}

} // namespace

interrupt_guard::interrupt_guard() {
  interrupts = 0;
  struct sigaction action {};
  action.sa_handler = count_interrupt;
  sigaction(SIGINT, &action, &old_int_);
  sigaction(SIGTERM, &action, &old_term_);
}

interrupt_guard::~interrupt_guard() {
  sigaction(SIGINT, &old_int_, nullptr);
  sigaction(SIGTERM, &old_term_, nullptr);
}

unsigned interrupt_guard::count() {
  return static_cast<unsigned>(interrupts);
}

} // namespace rhizome::cli
