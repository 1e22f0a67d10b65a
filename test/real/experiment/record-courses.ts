// Writes recorded-courses.json again: `node test/real/experiment/record-courses.ts`, after a change of the tiny trainings.
import { writeJson } from '../../../stages/lib/stage/files.ts';
import { useBackend } from '../../../stages/lib/stage/backend.ts';
import { recordedFile } from '../../stages/training/tiny-courses.ts';
import { torchCourses } from './torch-courses.ts';

await useBackend('wasm', 1);
writeJson(recordedFile, JSON.parse(JSON.stringify(await torchCourses())));
