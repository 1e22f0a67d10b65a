// Names for experiments that got none: an adjective and an animal.
import { randomInt } from 'node:crypto';

const ADJECTIVES =
  'amber bold brave brief bright brisk calm clear clever cosy crisp dapper deep eager early fair fine fleet fond frank fresh gentle glad golden grand green happy hazel humble jolly keen kind late lean light lively lucid lucky mellow merry mild misty neat nimble noble pale patient plain proud quick quiet rapid ready ripe rosy round sandy sharp silent silver sleek smart snowy solid spare steady still stout sunny sure swift tall tidy true vast warm wise witty young'.split(
    ' ',
  );
const ANIMALS =
  'badger bat bear beaver bee beetle bison boar buck camel carp cat cicada cod condor coot crab crane cricket crow deer dove duck eagle eel egret elk falcon ferret finch fox frog gecko goat goose grouse gull hare hawk hen heron horse ibex jay koala lark lemur lion lizard llama loon lynx mole moose moth mouse newt octopus otter owl panda perch pike pony puffin quail rabbit ram raven robin salmon seal shrew snail sparrow squid stag stork swan tapir tern tiger toad trout turtle vole walrus wasp whale wolf wren yak zebra'.split(
    ' ',
  );

/** @param isTaken of names that exist. */
export function makeUpName(isTaken: (name: string) => boolean): string {
  const pick = (words: readonly string[]): string => words[randomInt(words.length)]!;
  for (let attempt = 0; ; attempt += 1) {
    const name = `${pick(ADJECTIVES)}-${pick(ANIMALS)}${attempt < 100 ? '' : `-${attempt}`}`;
    if (!isTaken(name)) return name;
  }
}
