# SPDX-License-Identifier: Apache-2.0

# cmake -P light_includes.cmake -- <compiler> <flags>... <source>
# Passes when the source pulls in none of the headers that cost a user seconds a file, or a library to link.
set(command)
math(EXPR last "${CMAKE_ARGC} - 1")
foreach(i RANGE 4 ${last})
    list(APPEND command "${CMAKE_ARGV${i}}")
endforeach()

execute_process(COMMAND ${command} OUTPUT_VARIABLE output COMMAND_ERROR_IS_FATAL ANY)
string(REGEX REPLACE "[ \\\n]+" ";" headers "${output}")
set(heavy ${headers})
list(FILTER heavy INCLUDE REGEX "/Eigen/|/nlohmann/|/boost/(asio|hana|process)/|/(thread|future|regex|bits/std_thread.h)$")
if(heavy)
    list(JOIN heavy "\n  " heavy)
    message(FATAL_ERROR "light-includes: heavy headers behind ${CMAKE_ARGV${last}}:\n  ${heavy}")
endif()
list(LENGTH headers count)
message(STATUS "${count} headers, none of them heavy")
