# SPDX-License-Identifier: Apache-2.0

# Builds the user's project of this folder in WORK and runs what it built.
macro(step)
    execute_process(COMMAND ${ARGN} COMMAND_ERROR_IS_FATAL ANY)
endmacro()

file(REMOVE_RECURSE ${WORK})
if(WAY STREQUAL "find_package")
    step(${CMAKE_COMMAND} --install ${NAS_BUILD} --prefix ${WORK}/prefix)
endif()
step(${CMAKE_COMMAND} -S ${CMAKE_CURRENT_LIST_DIR} -B ${WORK}/build -G ${GENERATOR}
    -D CMAKE_CXX_COMPILER=${COMPILER} -D CMAKE_BUILD_TYPE=Debug -D CMAKE_PREFIX_PATH=${WORK}/prefix
    -D WAY=${WAY} -D NAS_SOURCE=${NAS_SOURCE} -D PROGRAM=${NAS_SOURCE}/examples/01_quickstart.cpp)
step(${CMAKE_COMMAND} --build ${WORK}/build)
step(${WORK}/build/plain)
step(${WORK}/build/with_parts)
if(EXISTS ${WORK}/build/with_torch)
    step(${WORK}/build/with_torch)
endif()
