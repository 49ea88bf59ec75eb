import { createCourier } from './courier.ts';
import type { AccessDeps } from './deps.ts';
import type { Directory } from './directory.ts';
import type { createFatigue } from './fatigue.ts';
import type { createFraudDesk } from './fraud.ts';
import type { createProofs } from './proofs.ts';
import type { Recorder } from './recorder.ts';
import { createRemember } from './remember.ts';
import type { Rounds } from './rounds.ts';
import { createSecondStep, type SecondStep, type SecondStepDeps } from './second-step.ts';

interface Tools extends Pick<SecondStepDeps, 'renewPassword'> {
  readonly directory: Directory;
  readonly recorder: Recorder;
  readonly rounds: Rounds;
  readonly proofs: ReturnType<typeof createProofs>;
  readonly fatigue: ReturnType<typeof createFatigue>;
  readonly fraud: ReturnType<typeof createFraudDesk>;
}

/** The second step with all that it works with. */
export function secondStepOf(deps: AccessDeps, tools: Tools): SecondStep {
  const { directory, recorder, rounds, proofs, fatigue, fraud, renewPassword } = tools;
  const courier = createCourier({
    ...{ ...deps, fatigue, fraudReported: fraud.reportedUnheard },
    checkPin: (visit, pin) => proofs.checkPin(visit, pin),
    countWrongPin: (visit) => recorder.denyAndCount(visit, 'passcode-wrong', { factor: 'call' }),
  });
  return createSecondStep({
    ...{ directory, recorder, rounds, courier, renewPassword, enrolments: deps.enrolments },
    openCodes: (login) => deps.open.codesOf(login),
    findCode: (visit, typed) => proofs.findCode(visit, typed),
    checkPin: (visit, typed) => proofs.behindPin(visit, typed),
    remember: createRemember({ clock: deps.clock, store: deps.remembered }),
    settled: (userId) => fatigue.settled(userId),
    fraudReported: fraud.reported,
  });
}
