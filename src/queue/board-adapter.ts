import type {
  AppControllerRoute,
  AppViewRoute,
  BullBoardQueues,
  ControllerHandlerReturnType,
  IServerAdapter,
  UIConfig,
} from "@bull-board/api/typings/app";
import { matchPath } from "./path-pattern.js";

const BASE_PATH = "/queues";

/**
 * What Bull Board hands to a web framework, kept to be asked by any. Only what reads is kept: the handlers that would
 * retry, remove or pause cannot be reached, whatever a request says.
 */
export class BoardAdapter implements IServerAdapter {
  private queues: BullBoardQueues = new Map();
  private settings: UIConfig = {};
  private routes: readonly AppControllerRoute[] = [];
  private entry: AppViewRoute | null = null;
  private staticFolder = "";
  private viewFolder = "";

  setQueues(queues: BullBoardQueues): this {
    this.queues = queues;
    return this;
  }

  setViewsPath(folder: string): this {
    this.viewFolder = folder;
    return this;
  }

  setStaticPath(_route: string, folder: string): this {
    this.staticFolder = folder;
    return this;
  }

  setEntryRoute(entry: AppViewRoute): this {
    this.entry = entry;
    return this;
  }

  /** What throws is answered by whoever asked. */
  setErrorHandler(): this {
    return this;
  }

  setApiRoutes(routes: AppControllerRoute[]): this {
    this.routes = routes.filter(({ method }) => [method].flat().every((one) => one === "get"));
    return this;
  }

  setUIConfig(settings: UIConfig): this {
    this.settings = settings;
    return this;
  }

  get folders(): { views: string; files: string } {
    return { views: this.viewFolder, files: this.staticFolder };
  }

  /** The settings of the page as JSON that can stand in HTML; null where this path is no page. */
  pageSettings(path: string): string | null {
    const { entry } = this;
    if (entry === null || ![entry.route].flat().some((pattern) => matchPath(pattern, path) !== null)) return null;
    const { params } = entry.handler({ basePath: BASE_PATH, uiConfig: this.settings });
    return params.uiConfig ?? "{}";
  }

  /** Null where nothing is read under this path. */
  read(path: string, query: Record<string, unknown>): Promise<ControllerHandlerReturnType> | null {
    for (const { route, handler } of this.routes) {
      for (const pattern of [route].flat()) {
        const params = matchPath(pattern, path);
        if (params === null) continue;
        const { queues, settings: uiConfig } = this;
        return Promise.resolve(handler({ queues, uiConfig, params, query, body: {}, headers: {} }));
      }
    }
    return null;
  }
}
