# SPDX-License-Identifier: Apache-2.0

# cmake -P must_not_compile.cmake -- <source> <compiler> <flags>...
# Passes when compiling the source fails and the first error line holds the text of its `// expect: ...` line.
set(command)
math(EXPR last "${CMAKE_ARGC} - 1")
foreach(i RANGE 5 ${last})
    list(APPEND command "${CMAKE_ARGV${i}}")
endforeach()
set(source "${CMAKE_ARGV4}")

file(STRINGS "${source}" expect REGEX "^// expect: ." LIMIT_COUNT 1)
if(NOT expect)
    message(FATAL_ERROR "${source}: no line '// expect: <part of the first error line>'")
endif()
string(REGEX REPLACE "^// expect: +" "" expect "${expect}")
string(REPLACE "\\;" ";" expect "${expect}") # as file(STRINGS) writes it

set(ENV{LC_ALL} C) # a translated g++ does not say "error:"
execute_process(COMMAND ${command} "${source}" RESULT_VARIABLE result OUTPUT_VARIABLE output ERROR_VARIABLE output)
if(result EQUAL 0)
    message(FATAL_ERROR "${source}: compiles, but must not")
endif()
string(REGEX MATCH "[^\n]*error:[^\n]*" first "${output}")
string(FIND "${first}" "${expect}" position)
if(position EQUAL -1)
    message(FATAL_ERROR "${source}: expected in the first error line:\n  ${expect}\nbut it is:\n  ${first}\n\n${output}")
endif()
message(STATUS "${first}")
